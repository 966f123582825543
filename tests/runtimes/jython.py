import threading

found = []
threads = [threading.Thread(target=lambda number=number: found.append(number * number)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print "hello from jython", sorted(found), ["%s" % letter for letter in "abc"]
