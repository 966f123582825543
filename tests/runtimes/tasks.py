# asyncio without a network: tasks, timers, subprocess-free executors, pipes and signals in its event loop.
import asyncio
import os
import signal


async def worker(name, number, results):
    for step in range(3):
        await asyncio.sleep(0.005 * number)
        results.append((name, step))
    return number


async def read_pipe():
    reading, writing = os.pipe()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb"))
    loop.call_later(0.01, lambda: (os.write(writing, b"through a pipe\n"), os.close(writing)))
    return await reader.read()


async def main():
    results = []
    numbers = await asyncio.gather(*(worker(f"w{number}", number, results) for number in range(1, 4)))
    print(numbers, sorted(results))
    print(await read_pipe())

    loop = asyncio.get_running_loop()
    print(sum(await asyncio.gather(*(loop.run_in_executor(None, sum, range(index * 1000)) for index in range(8)))))

    caught = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, caught.set)
    loop.call_later(0.01, os.kill, os.getpid(), signal.SIGUSR1)
    await asyncio.wait_for(caught.wait(), 10)
    print("signal")
    try:
        async with asyncio.timeout(0.02):
            await asyncio.sleep(10)
    except TimeoutError:
        print("timeout")

    queue = asyncio.Queue(2)

    async def produce():
        for item in range(20):
            await queue.put(item)
        await queue.put(None)

    producing = asyncio.create_task(produce())
    total = 0
    while (item := await queue.get()) is not None:
        total += item
    await producing
    print("queue", total)


asyncio.run(main())
