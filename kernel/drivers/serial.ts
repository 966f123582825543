// The first serial port, on which the tool sends frames: standard input, and signals for the application.
// National Semiconductor PC16550D datasheet, section 8; frames: docs/guest-interface.md.
//
// Bytes are taken from the port only as fast as their consumers want them. When standard input's consumer has no room, the
// port's interrupt is turned off with the byte at hand kept back; the monitor then keeps the rest on its side, and
// resumeInput() goes on. Nothing is polled: a machine that gets no input pays for a few port writes at its start.

import { FRAME_HEADER_SIZE, FrameKind } from "../abi/frame.ts";
import { CONTROL_PORT, SERIAL_INTERRUPT, SERIAL_PORT } from "../abi/ports.ts";
import { setDeviceHandler } from "../arch/x86_64/interrupts.ts";
import { readPort8, writePort8, writePortBytes } from "../arch/x86_64/processor.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { logOnce } from "../lib/log.ts";

/** Registers, by their offset from the port's base (table II). */
const enum Register {
  /** Received byte. */
  Data = 0,
  InterruptEnable = 1,
  /** Write: FIFO control. */
  FifoControl = 2,
  LineControl = 3,
  ModemControl = 4,
  LineStatus = 5,
}

/** InterruptEnable: a byte has arrived. */
const RECEIVED: u8 = 1;
/** FifoControl: on, both emptied, interrupt at 8 of 16 bytes (or when the line pauses). */
const FIFO_ON: u8 = 0x87;
/** LineControl: 8 bits, no parity. */
const EIGHT_BITS: u8 = 3;
/** ModemControl: ready, and OUT2, which lets the interrupt through on a PC. */
const INTERRUPTS_OUT: u8 = 0x0b;
/** LineStatus: a byte waits. */
const DATA_READY: u8 = 1;

/** Bytes that are handed over together. */
const CHUNK = 64;
/** A byte of line status that no port has: there is no device (an empty bus reads ones). */
const NO_DEVICE: u8 = 0xff;

/** What a byte belongs to. */
class Receiver {
  readonly lock = new SpinLock();
  /** Bytes of the frame's header seen so far, 0 to 3; 3: in the payload. */
  headerSeen: u32 = 0;
  kind: u8 = 0;
  payloadLeft: u32 = 0;
  readonly chunk!: FixedArray<u8, 64>;
  /** Bytes in `chunk` not yet taken by the consumer, from `first` on. */
  first: usize = 0;
  count: usize = 0;
  /** The consumer had no room: the interrupt is off. */
  stopped = false;
}

const receiver = new Receiver();
let takeInput: Static<(data: Slice<u8>) => usize> | null = null;
let takeEnd: Static<() => void> | null = null;
let takeSignal: Static<(signal: u32) => void> | null = null;

/**
 * Starts the port. The functions are called in the device's interrupt (interrupts disabled), or by resumeInput.
 * @param input bytes for standard input; says how many it took. After it took fewer than given, resumeInput() is due
 * @param ended the end of standard input
 * @param signal a signal for the application
 */
export function startSerial(
  input: Static<(data: Slice<u8>) => usize>,
  ended: Static<() => void>,
  signal: Static<(signal: u32) => void>,
): void {
  takeInput = input;
  takeEnd = ended;
  takeSignal = signal;
  if (read(Register.LineStatus) === NO_DEVICE) return;
  write(Register.LineControl, EIGHT_BITS);
  write(Register.FifoControl, FIFO_ON);
  setDeviceHandler(SERIAL_INTERRUPT, handleInterrupt, 0);
  write(Register.ModemControl, INTERRUPTS_OUT);
  write(Register.InterruptEnable, RECEIVED);
  // What arrives before the FIFO is on is lost, so the tool waits for this line (docs/guest-interface.md).
  writePortBytes(CONTROL_PORT, bytes("listening\n"));
}

/** The consumer of standard input has room again. A thread's context, no lock of the consumer's held. */
export function resumeInput(): void {
  using _ = receiver.lock.acquire();
  if (!receiver.stopped) return;
  receiver.stopped = false;
  receive();
  if (!receiver.stopped) write(Register.InterruptEnable, RECEIVED);
}

function handleInterrupt(argument: u64): void {
  using _ = receiver.lock.acquire();
  if (!receiver.stopped) receive();
}

/** Takes what the port has. The lock is held. */
function receive(): void {
  if (!deliver()) return;
  while ((read(Register.LineStatus) & DATA_READY) !== 0) {
    const byte = read(Register.Data);
    if (receiver.headerSeen < FRAME_HEADER_SIZE) {
      takeHeaderByte(byte);
      continue;
    }
    takePayloadByte(byte);
    if ((receiver.payloadLeft === 0 || receiver.count === CHUNK) && !deliver()) return;
  }
  deliver();
}

function takeHeaderByte(byte: u8): void {
  if (receiver.headerSeen === 0) receiver.kind = byte;
  else if (receiver.headerSeen === 1) receiver.payloadLeft = u32(byte);
  else receiver.payloadLeft |= u32(byte) << 8;
  receiver.headerSeen++;
  if (receiver.headerSeen < FRAME_HEADER_SIZE || receiver.payloadLeft !== 0) return;
  receiver.headerSeen = 0;
  const ended = takeEnd;
  if (receiver.kind === u8(u32(FrameKind.StandardInput)) && ended !== null) ended();
}

function takePayloadByte(byte: u8): void {
  receiver.payloadLeft--;
  if (receiver.payloadLeft === 0) receiver.headerSeen = 0;
  if (receiver.kind === u8(u32(FrameKind.StandardInput))) {
    receiver.chunk[receiver.count] = byte;
    receiver.count++;
  } else if (receiver.kind === u8(u32(FrameKind.Signal))) {
    const signal = takeSignal;
    if (signal !== null) signal(u32(byte));
  } else {
    logOnce("serial", `serial: a frame of unknown kind ${receiver.kind} is ignored`);
  }
}

/** Hands over what is collected. False: the consumer is full, and the port is stopped. */
function deliver(): boolean {
  const input = takeInput;
  if (receiver.count === receiver.first || input === null) return true;
  receiver.first += input(receiver.chunk.slice(receiver.first, receiver.count));
  if (receiver.first < receiver.count) {
    receiver.stopped = true;
    write(Register.InterruptEnable, 0);
    return false;
  }
  receiver.first = 0;
  receiver.count = 0;
  return true;
}

function read(register: Register): u8 {
  return readPort8(u16(SERIAL_PORT + u32(register)));
}

function write(register: Register, value: u8): void {
  writePort8(u16(SERIAL_PORT + u32(register)), value);
}
