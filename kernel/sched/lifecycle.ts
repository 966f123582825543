// The life of a thread: created, started, exited, buried; and the first thread of each CPU, which was there before.
//
// Stack and extended state stay with a Thread that has ended, and the next one that is created takes all three over, up to
// SPARE_LIMIT: programs that start a thread for each task are common. Beyond the limit the Thread alone is kept: its memory
// is never anything else than a Thread, which is what lets others look at one without holding a lock (thread_table.ts).

import { isChecked } from "flavour";
import { addressOf, constructAt, fillBytes } from "unsafe";
import { prepareContext } from "../arch/x86_64/context.ts";
import { currentCpu } from "../arch/x86_64/cpu.ts";
import { extendedStateSize, initializeExtendedArea } from "../arch/x86_64/extended_state.ts";
import { setRescheduleHandler, setTimerHandler } from "../arch/x86_64/interrupts.ts";
import { readTimestamp } from "../arch/x86_64/processor.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { allocateMemory, freeMemoryBlock } from "../mm/heap.ts";
import { allocateKernelStack, freeKernelStack } from "../mm/kernel_map.ts";
import { choosePlacement } from "./balance.ts";
import { CpuScheduler, schedulers } from "./cpu_scheduler.ts";
import { beginThread, charge, departLocked, enqueueReady, lockSchedulerOf } from "./dispatch.ts";
import { inheritPolicy } from "./priority.ts";
import { endSleep, handleTimer, reschedule } from "./scheduler.ts";
import { currentThread, Thread, ThreadState } from "./thread.ts";
import { startWatch } from "./watch.ts";

/** Threads that are kept whole. */
const SPARE_LIMIT = 32;
const EXTENDED_STATE_ALIGNMENT = 64;
/** What a thread is taken to run without a sleep until more is known: long, so that it gets a CPU of its own. */
const UNKNOWN_BURST: u64 = 0x10_0000;

/** Threads that have ended and that nobody refers to, linked by tableNext. */
class Spares {
  readonly lock = new SpinLock(LockOrder.Spares);
  /** With stack and extended state. */
  whole: Thread | null = null;
  wholeCount: u32 = 0;
  /** Without. */
  bare: Thread | null = null;
}

const spares = new Spares();
const firstScheduler = new CpuScheduler();
const firstIdleThread = new Thread();

/**
 * Makes the flow of control that runs on this CPU its idle thread, and the CPU one that schedules. Called once on each CPU, the
 * first one first, when clock, interrupts and heap work. The flow goes on, may create threads, and ends in runIdle.
 * @param stackTop top of the stack that it runs on
 */
export function startScheduling(stackTop: u64): void {
  const cpu = currentCpu();
  const isFirst = cpu.index === 0;
  const scheduler = isFirst ? firstScheduler : create(CpuScheduler);
  const idle = isFirst ? firstIdleThread : create(Thread);
  if (scheduler === null || idle === null) panic("scheduler: no memory for another CPU");
  scheduler.index = cpu.index;
  scheduler.current = idle;
  scheduler.idle = idle;
  scheduler.chargedAt = readTimestamp();
  idle.scheduler = scheduler;
  idle.state = ThreadState.Running;
  idle.affinity = u64(1) << cpu.index;
  idle.context.kernelStackTop = stackTop;
  cpu.context = idle.context;
  schedulers.of[cpu.index] = scheduler;
  schedulers.online.or(u64(1) << cpu.index);
  if (isFirst) {
    setTimerHandler(handleTimer);
    setRescheduleHandler(reschedule);
  } else {
    schedulers.several = true;
  }
  if (isChecked()) startWatch();
}

/**
 * A thread that will call `entry(argument)` when it is started; null when there is no memory. It has the current thread's
 * share and CPUs, no number, and an extended state only if it is the application's.
 * @param entry must end in exitThread or enterApplication
 */
export function createThread(
  entry: Static<(argument: u64) => void>,
  argument: u64,
  isApplication: boolean = false,
): Thread | null {
  const thread = takeSpare();
  if (thread === null) return null;
  if (!furnish(thread, isApplication)) {
    keepSpare(thread);
    return null;
  }
  const creator = currentThread();
  thread.entry = entry;
  thread.argument = argument;
  thread.state = ThreadState.Created;
  thread.affinity = creator === creator.scheduler.idle ? ~u64(0) : creator.affinity;
  thread.burst = UNKNOWN_BURST;
  inheritPolicy(thread, creator);
  thread.scheduler = creator.scheduler;
  thread.futex.thread = thread;
  thread.waiter.thread = thread;
  thread.sleepTimer.callback = endSleep;
  thread.sleepTimer.argument = addressOf(thread);
  prepareContext(thread.context, beginThread, addressOf(thread));
  return thread;
}

/** Makes a created thread ready. */
export function startThread(thread: Thread): void {
  const own = lockSchedulerOf(currentThread());
  const target = schedulers.several ? choosePlacement(thread, own) : own;
  own.lock.release();
  target.lock.acquire();
  thread.scheduler = target;
  thread.state = ThreadState.Ready;
  thread.run.virtualRuntime = target.ready.base();
  enqueueReady(target, thread);
  target.lock.release();
}

/** Ends the current thread. Its reference (the table's, for one of the application) goes when it has left its stack. */
export function exitThread(): never {
  const thread = currentThread();
  const scheduler = lockSchedulerOf(thread);
  thread.state = ThreadState.Dead;
  charge(scheduler, thread);
  departLocked(scheduler, thread);
  unreachable();
}

/** What the idle thread does for a thread that has ended and left its stack. */
export function bury(thread: Thread): void {
  if (thread.id !== 0) deadRunCounts.add(thread.runCounts);
  releaseThread(thread);
}

/** Gives a reference to a thread back; the last one makes its memory free for another thread. Any context. */
export function releaseThread(thread: Thread): void {
  if (thread.references.subtract(1) === 1) keepSpare(thread);
}

/** Timestamp counts of the application's threads that have ended. */
const deadRunCounts = new Atomic<u64>(0);

/** Timestamp counts that the application's threads which have ended had run. */
export function runCountsOfDead(): u64 {
  return deadRunCounts.load();
}

/** A Thread to use: a spare one, cleared but for stack and extended state, or a new one. */
function takeSpare(): Thread | null {
  spares.lock.acquire();
  const whole = spares.whole;
  const spare = whole ?? spares.bare;
  if (whole !== null) {
    spares.whole = whole.tableNext;
    spares.wholeCount--;
  } else if (spare !== null) {
    spares.bare = spare.tableNext;
  }
  spares.lock.release();
  return spare === null ? create(Thread) : spare;
}

/** Keeps a Thread that nobody refers to, with what it has while there is room. */
function keepSpare(thread: Thread): void {
  const keepWhole = spares.wholeCount < SPARE_LIMIT && thread.kernelStackTop !== 0 && thread.context.extendedState !== 0;
  const stackTop = thread.kernelStackTop;
  const extendedState = thread.context.extendedState;
  clear(thread);
  if (keepWhole) {
    thread.kernelStackTop = stackTop;
    thread.context.extendedState = extendedState;
  } else {
    if (stackTop !== 0) freeKernelStack(stackTop);
    if (extendedState !== 0) freeMemoryBlock(extendedState, extendedStateSize());
  }
  using _ = spares.lock.acquire();
  if (keepWhole) {
    thread.tableNext = spares.whole;
    spares.whole = thread;
    spares.wholeCount++;
  } else {
    thread.tableNext = spares.bare;
    spares.bare = thread;
  }
}

/** Gives a thread what it lacks: a kernel stack, and an extended state if it is the application's. */
function furnish(thread: Thread, isApplication: boolean): boolean {
  if (thread.kernelStackTop === 0) thread.kernelStackTop = allocateKernelStack();
  thread.context.kernelStackTop = thread.kernelStackTop;
  if (isApplication && thread.context.extendedState === 0) {
    thread.context.extendedState = allocateMemory(extendedStateSize(), EXTENDED_STATE_ALIGNMENT);
    if (thread.context.extendedState === 0) return false;
    initializeExtendedArea(thread.context.extendedState);
  }
  return thread.kernelStackTop !== 0;
}

/**
 * Makes a Thread as create() does, in place, but for `scheduler`: whoever took the thread off a queue to wake it may do so
 * only now, when it has woken by itself and ended. Such a waker needs the lock of some scheduler, and then does no harm.
 */
function clear(thread: Thread): void {
  // Safe: nobody else refers to the thread, and constructAt makes a Thread of zeroed memory.
  const address = addressOf(thread);
  const kept = offsetOf<Thread>("scheduler");
  fillBytes(address, 0, kept);
  fillBytes(address + kept + 8, 0, sizeOf<Thread>() - kept - 8);
  constructAt(address, Thread);
}
