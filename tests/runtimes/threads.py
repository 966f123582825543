# Python's threads: locks, conditions, queues, a pool, and the garbage collector meanwhile.
import concurrent.futures
import gc
import hashlib
import queue
import threading
import time

count = 0
lock = threading.Lock()


def add():
    global count
    for _ in range(2000):
        with lock:
            count += 1


threads = [threading.Thread(target=add) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("count", count)

items = queue.Queue(maxsize=4)
results = []


def consume():
    while (item := items.get()) is not None:
        results.append(item * item)
        items.task_done()


consumer = threading.Thread(target=consume)
consumer.start()
for item in range(200):
    items.put(item)
items.put(None)
consumer.join()
print("queue", sum(results))

with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
    digests = list(pool.map(lambda seed: hashlib.sha256(bytes([seed]) * 200_000).hexdigest()[:8], range(8)))
print("pool", digests)

condition = threading.Condition()
turn = 0


def take_turns(mine):
    global turn
    for _ in range(100):
        with condition:
            condition.wait_for(lambda: turn % 2 == mine)
            turn += 1
            condition.notify_all()


pair = [threading.Thread(target=take_turns, args=(mine,)) for mine in range(2)]
for thread in pair:
    thread.start()
for thread in pair:
    thread.join()
print("turns", turn)

event = threading.Event()
print("timed out", event.wait(0.05))
timer = threading.Timer(0.02, event.set)
timer.start()
print("set", event.wait(10), "collected", gc.collect() >= 0, "monotonic", time.monotonic() > 0)
