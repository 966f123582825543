// Interrupts: disabling them, and what happens when one comes.
//
// "Disabled" is a count in the Cpu, the real flag is always on (docs/kernel.md). An interrupt that finds the count above 0 leaves
// a bit in Cpu.work; whoever brings the count back to 0 handles it then. Handlers run on the stack of the thread that was
// interrupted, with interrupts disabled once, as any other code; a reschedule they ask for happens at the end, when the count
// would become 0 again. So a thread switch may happen inside enableInterrupts, and nowhere while they are disabled.
//
// A deferred interrupt is in service in the LAPIC until it is acknowledged. An acknowledgement has no name, and takes the most
// urgent one that is in service: perhaps not the one whose turn it is, and then that one can arrive again while its bit is still
// set. Some hypervisors acknowledge as they deliver; then an interrupt may find its stack in use, so no CPU is sent a second
// interrupt before it has seen the first (Cpu.rescheduleSent, callSent), the timer is armed for one, and in user mode devices
// come through ring 0. Invariant: there are as many acknowledgements as arrivals (Cpu.unacknowledged counts what is owed), not as many as bits.

import { addressOf } from "unsafe";
import { LockOrder } from "../../lib/lock_order.ts";
import { serveCall } from "./calls.ts";
import { type Context } from "./context.ts";
import { cpuAt, currentContext, currentCpu, Work } from "./cpu.ts";
import { connectDevice, deviceDestination, isDeviceLine } from "./io_apic.ts";
import { endOfInterrupt, isAnyInService, sendInterrupt } from "./local_apic.ts";
import { isUserMode } from "./processor.ts";
import { SpinLock } from "./spin_lock.ts";
import { leaveStub } from "./system_call_sites.ts";
import { isApplicationFrame, type TrapFrame } from "./trap_frame.ts";
import { DEVICE_VECTORS, InterruptBit, Vector } from "./vectors.ts";

/** Messages to the local APICs; bits 12 to 19 say to which. */
const MESSAGE_ADDRESS: u64 = 0xfee0_0000;

/** What the end of the outermost section with interrupts disabled has to look at. */
const PENDING = 0x05ff_ffff;

/**
 * @asm incl %%gs:16
 * @clobber memory cc
 */
declare function incrementDepth(): void;
/**
 * Counts down, and says whether any bit of PENDING is set.
 * @asm decl %%gs:16; testl $0x5ffffff, %%gs:20
 * @output "=@ccnz"
 * @clobber memory
 */
declare function decrementDepth(): boolean;
/**
 * @asm movl $1, %%gs:16
 * @clobber memory
 */
declare function setDepthToOne(): void;
/**
 * @asm movl $0, %%gs:16
 * @clobber memory
 */
declare function setDepthToZero(): void;
/**
 * @asm movl %%gs:16, %[result]
 * @output "=r"
 */
declare function readDepth(): u32;
/**
 * @asm movl %%gs:20, %[result]
 * @output "=r"
 */
declare function readWork(): u32;
/**
 * @asm orl %[bits], %%gs:20
 * @input "r" bits
 * @clobber memory cc
 */
declare function setWork(bits: u32): void;
/**
 * @asm andl %[mask], %%gs:20
 * @input "r" mask
 * @clobber memory cc
 */
declare function maskWork(mask: u32): void;
/**
 * Reads Cpu.unacknowledged and makes it 0, in one instruction.
 * @asm xorl %[result], %[result]; xchgl %[result], %%gs:48
 * @output "=&r"
 * @clobber memory cc
 */
declare function takeUnacknowledged(): u32;
/** @extern wait_for_interrupt */
declare function waitForInterruptStart(): void;
/** @extern wait_for_interrupt_end */
declare function waitForInterruptEnd(): void;

/** What `using _ = disableInterrupts()` holds. */
export class InterruptGuard {
  unused: u32 = 0;

  /**
   * Enables them again.
   * @inline
   */
  [Symbol.dispose](): void {
    enableInterrupts();
  }
}

/** Whether interrupts must be acknowledged. */
const enum Acknowledgement {
  Unknown = 0,
  Needed = 1,
  Automatic = 2,
}

class DeviceHandlers {
  readonly of!: FixedArray<Static<(argument: u64) => void> | null, 16>;
  readonly arguments!: FixedArray<u64, 16>;
}

const guard = new InterruptGuard();
const devices = new DeviceHandlers();
const deviceLock = new SpinLock(LockOrder.Devices);
let connectedDevices: u32 = 0;
let acknowledgement: Acknowledgement = Acknowledgement.Unknown;
let timerHandler: Static<() => void> | null = null;
let rescheduleHandler: Static<() => void> | null = null;
let applicationHandler: Static<(frame: TrapFrame) => void> | null = null;

/**
 * `using _ = disableInterrupts();` until the end of the block. Nests. Also keeps the thread on its CPU.
 * @inline
 */
export function disableInterrupts(): InterruptGuard {
  incrementDepth();
  return guard;
}

/**
 * The same without a guard, for code that enables them elsewhere (locks).
 * @inline
 */
export function disableInterruptsRaw(): void {
  incrementDepth();
}

/**
 * Ends one disabling. The outermost handles what came meanwhile, and may switch to another thread.
 * @inline
 */
export function enableInterrupts(): void {
  if (decrementDepth()) enableSlowly();
}

/** Whether interrupts are disabled on this CPU: in a handler, or under a spin lock. */
export function interruptsDisabled(): boolean {
  return readDepth() !== 0;
}

/** Asks that the reschedule handler runs as soon as interrupts are enabled again on this CPU. */
export function requestReschedule(): void {
  setWork(u32(Work.Reschedule));
  // With interrupts enabled there is no end of a section to notice it.
  if (readDepth() === 0) enableSlowly();
}

/**
 * Has another CPU, which is online, run its reschedule handler: as soon as interrupts are enabled here, so when all spin locks are
 * free. A host that runs both virtual CPUs on one of its own gives it to the one that is interrupted at once, and that one
 * would wait for the locks of the one that stands still: for milliseconds.
 */
export function requestInterrupt(index: u32): void {
  using _ = disableInterrupts();
  currentCpu().toInterrupt |= u64(1) << index;
  setWork(u32(Work.Send));
}

/** Forbids that the current thread is preempted; interrupts are still handled. Nests. */
export function disablePreemption(): void {
  currentContext().preemptDepth++;
}

/** Ends one disablePreemption(). A reschedule that was asked for meanwhile happens now. */
export function enablePreemption(): void {
  const context = currentContext();
  context.preemptDepth--;
  if (context.preemptDepth === 0 && (readWork() & PENDING) !== 0 && readDepth() === 0) enableSlowly();
}

/** Has `handler` called when this CPU's deadline has passed (timer.ts). Interrupts disabled. */
export function setTimerHandler(handler: Static<() => void>): void {
  timerHandler = handler;
}

/** Has `handler` called after requestReschedule() or sendReschedule(): it may switch to another thread. Interrupts disabled. */
export function setRescheduleHandler(handler: Static<() => void>): void {
  rescheduleHandler = handler;
}

/**
 * Has `handler` called before a return to the application of a thread whose context.applicationWork was set (it is cleared
 * before the call). Interrupts enabled; it may change the frame, sleep, and end the thread.
 */
export function setApplicationWorkHandler(handler: Static<(frame: TrapFrame) => void>): void {
  applicationHandler = handler;
}

/**
 * Has `handler` called with `argument` when a device interrupts on a line of the IO-APIC (0 to 15: the ISA line). Interrupts
 * disabled, on the first CPU. One handler a line.
 * @returns false when there is no such line, or no vector is left (there are 16)
 */
export function setDeviceHandler(line: u32, handler: Static<(argument: u64) => void>, argument: u64): boolean {
  if (!isDeviceLine(line)) return false;
  using _ = deviceLock.acquire();
  const device = addDevice(handler, argument);
  if (device === DEVICE_VECTORS) return false;
  connectDevice(line, device);
  return true;
}

/**
 * The same for a device that interrupts by writing a message to the local APIC: MSI, MSI-X.
 * @returns what it is to write to messageAddress(); 0 when no vector is left
 */
export function connectMessage(handler: Static<(argument: u64) => void>, argument: u64): u32 {
  using _ = deviceLock.acquire();
  const device = addDevice(handler, argument);
  return device === DEVICE_VECTORS ? 0 : u32(Vector.Device) + device;
}

/** Where a device writes its messages (Intel SDM 3A, 11.11.1): the first CPU's local APIC. */
export function messageAddress(): u64 {
  return MESSAGE_ADDRESS | (u64(deviceDestination()) << 12);
}

/** Where a device writes messages for a CPU that is online. */
export function messageAddressOf(index: u32): u64 {
  return MESSAGE_ADDRESS | (u64(cpuAt(index).apicId) << 12);
}

/** A number for a new device; DEVICE_VECTORS: there is none left. The lock is held. */
function addDevice(handler: Static<(argument: u64) => void>, argument: u64): u32 {
  const device = connectedDevices;
  if (device === DEVICE_VECTORS) return device;
  connectedDevices++;
  devices.arguments[device] = argument;
  devices.of[device] = handler;
  return device;
}

/**
 * Asks that a thread looks at its work before it returns to the application. The caller has made the reason visible. If the
 * thread runs on another CPU, the caller interrupts that one.
 */
export function requestApplicationWork(context: Context): void {
  context.applicationWork = 1;
  if (addressOf(context) === addressOf(currentContext())) setWork(u32(Work.Application));
}

/**
 * Asks that a thread looks at its restartable sequence before it returns to the application. The thread does not run, or is the
 * current one.
 */
export function requestSequenceWork(context: Context): void {
  context.sequenceWork = 1;
  if (addressOf(context) === addressOf(currentContext())) setWork(u32(Work.Application));
}

/** @inline */
function hasApplicationWork(context: Context): boolean {
  return (u32(context.applicationWork) | u32(context.sequenceWork)) !== 0;
}

/**
 * Handles what waits, with interrupts disabled meanwhile, unless they are disabled further out.
 * @noinline
 * @export arch_enable_slowly
 */
export function enableSlowly(): void {
  while (readDepth() === 0 && hasWorkInKernel()) {
    setDepthToOne();
    handlePending();
    setDepthToZero();
  }
}

/** Whether there is something to do now that does not wait for the return to the application. */
function hasWorkInKernel(): boolean {
  const work = readWork();
  if ((work & (Work.Interrupts | Work.Send)) !== 0) return true;
  return (work & Work.Reschedule) !== 0 && currentContext().preemptDepth === 0;
}

/** Sends what waits to be sent, handles deferred interrupts, most urgent first, then a reschedule. Interrupts disabled once. */
function handlePending(): void {
  if ((readWork() & Work.Send) !== 0) sendPending();
  while (true) {
    for (let owed = takeUnacknowledged(); owed !== 0; owed--) acknowledge();
    // One that arrives after that leaves its bit, so when there is none nothing is owed.
    const pending = readWork() & Work.Interrupts;
    if (pending === 0) break;
    const bit = u32(31) - countLeadingZeros(pending);
    maskWork(~(u32(1) << bit));
    handleInterrupt(bit);
  }
  if ((readWork() & Work.Reschedule) !== 0 && currentContext().preemptDepth === 0) {
    maskWork(~u32(Work.Reschedule));
    const handler = rescheduleHandler;
    if (handler !== null) handler();
  }
}

/** Interrupts the CPUs that requestInterrupt() has noted. */
function sendPending(): void {
  maskWork(~u32(Work.Send));
  const cpu = currentCpu();
  let set = cpu.toInterrupt;
  cpu.toInterrupt = 0;
  while (set !== 0) {
    const index = u32(countTrailingZeros(set));
    set &= set - 1;
    const target = cpuAt(index);
    if (target.rescheduleSent.exchange(1) === 0) sendInterrupt(target.apicId, Vector.Reschedule);
  }
}

/**
 * Ends the service of the most urgent interrupt, if the hypervisor has not done so when it delivered it. The first interrupt
 * that is acknowledged tells: it is in service, or it is not.
 */
function acknowledge(): void {
  if (acknowledgement === Acknowledgement.Automatic) return;
  if (acknowledgement === Acknowledgement.Unknown) {
    acknowledgement = isUserMode() && !isAnyInService() ? Acknowledgement.Automatic : Acknowledgement.Needed;
  }
  endOfInterrupt();
}

function handleInterrupt(bit: u32): void {
  if (bit === InterruptBit.Timer) {
    const handler = timerHandler;
    if (handler !== null) handler();
  } else if (bit === InterruptBit.Call) {
    // Before the look at what was asked for: who asks after that sends another one.
    currentCpu().callSent.exchange(0);
    serveCall();
  } else if (bit === InterruptBit.Reschedule) {
    currentCpu().rescheduleSent.exchange(0);
    setWork(u32(Work.Reschedule));
    // Or the sender has given work to the thread that runs here (requestApplicationWork), perhaps in the middle of a system call.
    if (hasApplicationWork(currentContext())) setWork(u32(Work.Application));
  } else {
    const handler = devices.of[bit];
    if (handler !== null) handler(devices.arguments[bit]);
  }
}

/**
 * Where entry.S brings an interrupt, its IST stack left behind, interrupts disabled once. `frame.vector` is its bit.
 * @export arch_interrupt
 */
export function handleInterruptFrame(frame: TrapFrame): void {
  acknowledge();
  // Between a CPU's last look for work and its halt: it must look again.
  const start = addressOf(waitForInterruptStart);
  if (frame.rip - start < addressOf(waitForInterruptEnd) - start) frame.rip = addressOf(waitForInterruptEnd);
  leaveStub(frame, false);
  handleInterrupt(u32(frame.vector));
}

/**
 * What is left to do before a return to `frame`: entry.S calls it when Cpu.work is not 0. Begins and ends with interrupts
 * disabled once; entry.S looks for new interrupts after it.
 * @export arch_exit_work
 */
export function handleExitWork(frame: TrapFrame): void {
  const application = isApplicationFrame(frame);
  while (true) {
    while (hasWorkInKernel()) handlePending();
    if (!application) return;
    maskWork(~u32(Work.Application));
    const context = currentContext();
    if (!hasApplicationWork(context)) return;
    context.applicationWork = 0;
    context.sequenceWork = 0;
    fence(); // before the handler looks for reasons: who gives one and then sets the field must not have it cleared unseen
    const handler = applicationHandler;
    if (handler === null) return;
    setDepthToZero();
    handler(frame);
    setDepthToOne();
  }
}
