# The least that a Python program does.
import sys

print("hello from python", sys.version_info[:2], sys.argv[1:])
