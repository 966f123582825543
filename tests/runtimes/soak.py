# Python's threads under load for as long as the first argument says in seconds: locks, conditions, queues, events, files. Every wait has a
# limit; a wake-up that is lost reaches it. Ends with counts of both sides and with the memory after the first rounds and at the end.
import gc
import os
import queue
import sys
import threading
import time

PATIENCE = 120
WARM_UP = 2
stopped = threading.Event()
counts = {}
failures = []


def fail(what):
    failures.append(what)
    print("failed:", what, flush=True)
    stopped.set()


def count(name, side):
    counts.setdefault(name, [0, 0])[side] += 1


def take_turns(state, own):
    condition = state["condition"]
    with condition:
        while True:
            if not condition.wait_for(lambda: state["turn"] % 2 == own or stopped.is_set(), PATIENCE):
                return fail("a condition")
            if stopped.is_set():
                break
            count("turns", 0)
            state["turn"] += 1
            condition.notify_all()
            count("turns", 1)
        condition.notify_all()


def produce(items):
    number = 0
    while not stopped.is_set():
        count("items", 0)
        try:
            items.put((number, "text %d" % number), timeout=PATIENCE)
        except queue.Full:
            return fail("a queue stays full")
        number += 1
    items.put(None, timeout=PATIENCE)


def consume(items):
    expected = 0
    while True:
        try:
            item = items.get(timeout=PATIENCE)
        except queue.Empty:
            return fail("a queue stays empty")
        if item is None:
            return
        if item == (expected, "text %d" % expected):
            counts["items"][1] += 1
        expected += 1


def pass_bytes(reader, writer):
    number = 0
    while not stopped.is_set():
        count("pipe", 0)
        sent = bytes([number % 256]) * (1 + number % 5000)
        os.write(writer, sent)
        if os.read(reader, len(sent)) == sent:
            count("pipe", 1)
        number += 1
    os.close(reader)
    os.close(writer)


def churn_files(own):
    name = "/tmp/soak-python-%d" % own
    number = 0
    while not stopped.is_set():
        text = "line %d\n" % number * (number % 1000)
        count("files %d" % own, 0)
        with open(name, "w") as file:
            file.write(text)
        with open(name) as file:
            if file.read() == text:
                count("files %d" % own, 1)
        os.unlink(name)
        number += 1


def churn_threads():
    while not stopped.is_set():
        results = []
        threads = [threading.Thread(target=results.append, args=(i,)) for i in range(8)]
        for thread in threads:
            count("threads", 0)
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
            if thread.is_alive():
                return fail("a thread does not end")
        for _ in results:
            count("threads", 1)


def churn_objects():
    while not stopped.is_set():
        count("objects", 0)
        cycle = [{"number": i} for i in range(1000)]
        cycle.append(cycle)
        if sum(item["number"] for item in cycle[:-1]) == 499500:
            count("objects", 1)


def run_round(seconds):
    stopped.clear()
    state = {"condition": threading.Condition(), "turn": 0}
    items = queue.Queue(maxsize=8)
    work = [(take_turns, state, 0), (take_turns, state, 1), (produce, items), (consume, items), (pass_bytes, *os.pipe())]
    work += [(churn_files, 0), (churn_files, 1), (churn_threads,), (churn_objects,)]
    threads = [threading.Thread(target=function, args=arguments) for function, *arguments in work]
    for thread in threads:
        thread.start()
    stopped.wait(seconds)
    stopped.set()
    for thread in threads:
        thread.join(2 * PATIENCE)
        if thread.is_alive():
            fail("a thread does not end: " + thread.name)
    gc.collect()


def measure():
    with open("/proc/meminfo") as file:
        amounts = dict((line.split()[0], int(line.split()[1])) for line in file)
    return amounts["MemTotal:"], amounts["MemTotal:"] - amounts["MemFree:"]


end = time.monotonic() + float(sys.argv[1])
length = float(sys.argv[2]) if len(sys.argv) > 2 else 10
number = 0
while not failures and (number <= WARM_UP or time.monotonic() < end):
    number += 1
    run_round(length)
    total, used = measure()
    if number <= WARM_UP:
        first = used
    print("round %d: %d kB in use" % (number, used), flush=True)
for name, (begun, done) in counts.items():
    print("%-20s %12d begun %12d done" % (name, begun, done))
    if begun != done:
        fail(name)
print("memory in use: %d kB after round %d, %d kB at the end, of %d kB" % (first, WARM_UP, used, total))
if abs(used - first) > total / 100:
    fail("memory in use")
print(len(failures), "failures", flush=True)
os._exit(1 if failures else 0)
