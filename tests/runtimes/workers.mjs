// Node's threads: messages, shared memory, atomics, and a worker that throws.
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const ROUNDS = 2000;

if (isMainThread) {
  const count = Number(process.argv[2] ?? 4);
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const workers = Array.from({ length: count }, (_, index) => new Worker(new URL(import.meta.url), { workerData: { index, shared } }));
  const answers = await Promise.all(
    workers.map(async (worker, index) => {
      worker.postMessage({ from: index, list: Array.from({ length: 1000 }, (_, item) => item) });
      const [answer] = await once(worker, "message");
      worker.postMessage("end");
      const [status] = await once(worker, "exit");
      return [answer.sum, status];
    }),
  );
  console.log(JSON.stringify(answers), "counted", shared[0]);
  const failing = new Worker("throw new Error('on purpose')", { eval: true });
  const [error] = await once(failing, "error");
  console.log(error.message);
} else {
  for (let round = 0; round < ROUNDS; round++) Atomics.add(workerData.shared, 0, 1);
  parentPort.on("message", (message) => {
    if (message === "end") process.exit(workerData.index);
    const sum = message.list.reduce((total, item) => total + item * (message.from + 1), 0);
    parentPort.postMessage({ sum });
  });
}
