# A benchmark of the processor for Python: numbers, objects, strings and collections.
import json
import re
import sys


class Body:
    def __init__(self, index):
        self.x, self.y, self.vx, self.vy, self.mass = float(index), index * 0.5, 0.0, 0.1 * index, 1 / (index + 1)


def orbit(steps):
    bodies = [Body(index) for index in range(5)]
    for _ in range(steps):
        for body in bodies:
            for other in bodies:
                if body is other:
                    continue
                dx, dy = other.x - body.x, other.y - body.y
                force = other.mass * 0.001 / (dx * dx + dy * dy + 0.01) ** 1.5
                body.vx += dx * force
                body.vy += dy * force
        for body in bodies:
            body.x += body.vx * 0.001
            body.y += body.vy * 0.001
    return bodies[0].x


def sieve(limit):
    composite = bytearray(limit + 1)
    count = 0
    for number in range(2, limit + 1):
        if composite[number]:
            continue
        count += 1
        composite[number * number :: number] = b"\1" * len(range(number * number, limit + 1, number))
    return count


def words(count):
    seen = {}
    state = 1
    for _ in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        word = f"word{state % 5000}"
        seen[word] = seen.get(word, 0) + 1
    return max(seen.values())


def texts(count):
    text = json.dumps([{"name": f"item {index}", "values": list(range(index % 20))} for index in range(count)])
    return len(json.loads(text)) + len(re.findall(r"\d+\b", text))


check = 0
for _ in range(int(sys.argv[1])):
    check += sieve(2_000_000) + words(300_000) + texts(20_000) + round(orbit(8_000) * 1e6)
print("result", check)
