// Node's workers under load for as long as the first argument says in seconds: messages, shared memory with waits, files, buffers that
// come and go. Every wait has a limit; a wake-up that is lost reaches it. Ends with counts of both sides and with the memory after the
// first rounds and at the end.
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const PATIENCE = 120_000;
const END = -1;

/** Two threads take turns with a word of shared memory: each makes it other, and waits for the other one. */
function takeTurns(word, own) {
  let turns = 0;
  while (true) {
    const value = Atomics.load(word, 0);
    if (value === END) return turns;
    if (value % 2 !== own) {
      if (Atomics.wait(word, 0, value, PATIENCE) === "timed-out") throw new Error("a word that another worker changes");
      continue;
    }
    // The main thread says END at any time.
    if (Atomics.compareExchange(word, 0, value, value + 1) === value) turns++;
    Atomics.notify(word, 0);
  }
}

function work() {
  const { word, own } = workerData;
  parentPort.on("message", (message) => {
    if (message.kind === "turns") parentPort.postMessage({ turns: takeTurns(word, own) });
    else parentPort.postMessage({ number: message.number, sum: message.data.reduce((sum, item) => sum + item, 0), data: message.data });
  });
}

const counts = { messages: [0, 0], turns: [0, 0], files: [0, 0], workers: [0, 0] };
const failures = [];

function fail(what) {
  failures.push(what);
  console.log("failed:", what);
}

function within(promise, what) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a wait for ${what}`)), PATIENCE);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

function next(worker, what) {
  const answer = new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return within(answer, what).finally(() => worker.removeAllListeners("error"));
}

/** A worker's ask and answer until `time`; its buffers are handed over and come back. */
async function exchange(worker, time) {
  for (let number = 0; performance.now() < time; number++) {
    const data = new Float64Array(100 + (number % 50) * 400).fill(number);
    const expected = number * data.length;
    counts.messages[0]++;
    worker.postMessage({ number, data }, [data.buffer]);
    const answer = await next(worker, "a message");
    if (answer.number === number && answer.sum === expected) counts.messages[1]++;
  }
}

async function churnFiles(time) {
  const folder = await mkdtemp("/tmp/soak-node-");
  for (let number = 0; performance.now() < time; number++) {
    const text = `line ${number}\n`.repeat(number % 2000);
    counts.files[0]++;
    await writeFile(`${folder}/file`, text);
    if ((await readFile(`${folder}/file`, "utf8")) === text) counts.files[1]++;
  }
  await rm(folder, { recursive: true });
}

async function runRound(seconds) {
  const word = new Int32Array(new SharedArrayBuffer(4));
  const time = performance.now() + seconds * 1000;
  const workers = Array.from({ length: 4 }, (_, index) => new Worker(new URL(import.meta.url), { workerData: { word, own: index % 2 } }));
  counts.workers[0] += workers.length;
  const turns = workers.slice(0, 2).map((worker) => {
    const answer = next(worker, "turns");
    worker.postMessage({ kind: "turns" });
    return answer;
  });
  await Promise.all([exchange(workers[2], time), exchange(workers[3], time), churnFiles(time)]);
  const taken = Atomics.exchange(word, 0, END);
  Atomics.notify(word, 0);
  counts.turns[0] += taken;
  for (const answer of await Promise.all(turns)) counts.turns[1] += answer.turns;
  for (const worker of workers) {
    await within(worker.terminate(), "a worker's end");
    counts.workers[1]++;
  }
  globalThis.gc?.();
}

function measure() {
  const text = readFileSync("/proc/meminfo", "utf8");
  const amount = (name) => Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(text)[1]);
  // V8's heaps grow and shrink as they like. What is in use beyond the program's pages is the kernel's, or lost.
  return { total: amount("MemTotal"), used: amount("MemTotal") - amount("MemFree") - amount("AnonPages") };
}

async function main(seconds, length) {
  // Tables of pages and files take some rounds to find their size.
  const middle = performance.now() + seconds * 500;
  const end = performance.now() + seconds * 1000;
  let first = 0;
  let warm = 0;
  for (let round = 1; failures.length === 0 && (round <= warm + 1 || performance.now() < end); round++) {
    await runRound(length).catch((error) => fail(error.message));
    const { used } = measure();
    if (first === 0 || performance.now() < middle) {
      first = used;
      warm = round;
    }
    console.log(`round ${round}: ${used} kB in use beyond its own pages`);
  }
  const { total, used } = measure();
  for (const [name, [begun, done]] of Object.entries(counts)) {
    console.log(`${name.padEnd(12)} ${String(begun).padStart(12)} begun ${String(done).padStart(12)} done`);
    if (begun !== done) fail(name);
  }
  console.log(`memory in use beyond its own pages: ${first} kB after round ${warm}, ${used} kB at the end, of ${total} kB`);
  if (Math.abs(used - first) > total / 100) fail("memory in use");
  console.log(`${failures.length} failures`);
  process.exit(failures.length === 0 ? 0 : 1);
}

if (isMainThread) await main(Number(process.argv[2]), Number(process.argv[3] ?? 15));
else work();
