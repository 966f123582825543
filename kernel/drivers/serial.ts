// The first serial port, on which the tool sends frames: signals for the application, and the end of its input.
// National Semiconductor PC16550D datasheet, section 8; frames: docs/guest-interface.md.
//
// Frames are few and short, so the port is used as it is after its reset, without the FIFO: a byte that comes before we look
// stays in its register, and the monitor keeps the next ones back. So nothing is lost however early it is sent, and starting
// takes two port writes.

import { FRAME_HEADER_SIZE, FrameKind } from "../abi/frame.ts";
import { SERIAL_INTERRUPT, SERIAL_PORT } from "../abi/ports.ts";
import { setDeviceHandler } from "../arch/x86_64/interrupts.ts";
import { readPort8, writePort8 } from "../arch/x86_64/processor.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { logOnce } from "../lib/log.ts";

/** Registers, by their offset from the port's base (table II). */
const enum Register {
  /** Received byte. */
  Data = 0,
  InterruptEnable = 1,
  ModemControl = 4,
  LineStatus = 5,
}

/** InterruptEnable: a byte has arrived. */
const RECEIVED: u8 = 1;
/** ModemControl: ready, and OUT2, which lets the interrupt through on a PC. */
const INTERRUPTS_OUT: u8 = 0x0b;
/** LineStatus: a byte waits. */
const DATA_READY: u8 = 1;
/** A line status that no port has: there is no device (an empty bus reads ones). */
const NO_DEVICE: u8 = 0xff;

/** The frame that is coming in. */
class Receiver {
  readonly lock = new SpinLock(LockOrder.Serial);
  /** Bytes of the header seen so far; FRAME_HEADER_SIZE: in the payload. */
  headerSeen: u32 = 0;
  kind: u8 = 0;
  payloadLeft: u32 = 0;
  payloadSeen: u32 = 0;
  /** The payload's bytes, the first lowest; as many as a number has. */
  payload: u64 = 0;
}

const receiver = new Receiver();
let takeEnd: Static<(length: u64) => void> | null = null;
let takeSignal: Static<(signal: u32) => void> | null = null;

/**
 * Starts the port. The functions are called in the device's interrupt (interrupts disabled).
 * @param ended standard input ends after so many bytes
 * @param signal a signal for the application
 */
export function startSerial(ended: Static<(length: u64) => void>, signal: Static<(signal: u32) => void>): void {
  takeEnd = ended;
  takeSignal = signal;
  setDeviceHandler(SERIAL_INTERRUPT, handleInterrupt, 0);
  write(Register.ModemControl, INTERRUPTS_OUT);
  write(Register.InterruptEnable, RECEIVED);
}

function handleInterrupt(argument: u64): void {
  using _ = receiver.lock.acquire();
  while (true) {
    const status = read(Register.LineStatus);
    if (status === NO_DEVICE || (status & DATA_READY) === 0) return;
    takeByte(read(Register.Data));
  }
}

function takeByte(byte: u8): void {
  if (receiver.headerSeen === FRAME_HEADER_SIZE) {
    if (receiver.payloadSeen < 8) receiver.payload |= u64(byte) << (8 * receiver.payloadSeen);
    receiver.payloadSeen++;
    receiver.payloadLeft--;
  } else {
    if (receiver.headerSeen === 0) receiver.kind = byte;
    else if (receiver.headerSeen === 1) receiver.payloadLeft = u32(byte);
    else receiver.payloadLeft |= u32(byte) << 8;
    receiver.headerSeen++;
  }
  if (receiver.headerSeen < FRAME_HEADER_SIZE || receiver.payloadLeft !== 0) return;
  takeFrame();
  receiver.headerSeen = 0;
  receiver.payloadSeen = 0;
  receiver.payload = 0;
}

function takeFrame(): void {
  if (receiver.kind === u8(u32(FrameKind.InputEnd)) && receiver.payloadSeen === 8) {
    const ended = takeEnd;
    if (ended !== null) ended(receiver.payload);
  } else if (receiver.kind === u8(u32(FrameKind.Signal)) && receiver.payloadSeen === 1) {
    const signal = takeSignal;
    if (signal !== null) signal(u32(receiver.payload));
  } else {
    logOnce("serial", `serial: a frame of kind ${receiver.kind} with ${receiver.payloadSeen} bytes is ignored`);
  }
}

function read(register: Register): u8 {
  return readPort8(u16(SERIAL_PORT + u32(register)));
}

function write(register: Register, value: u8): void {
  writePort8(u16(SERIAL_PORT + u32(register)), value);
}
