// /proc/unary/provoke, in the checked build alone: who writes one of these words makes the kernel go wrong in the way that it names, so
// that tests see it found (tests/src/provoked.test.ts). Each line says what finds it.

import { isChecked } from "flavour";
import type { Writer } from "prelude/writer.ts";
import { pointer } from "unsafe";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { disableInterrupts } from "../arch/x86_64/interrupts.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import { patience } from "../arch/x86_64/stuck.ts";
import { Errno } from "../lib/errno.ts";
import { allocateFrame, freeFrame } from "../mm/frames.ts";
import { allocateMemory, freeMemoryBlock } from "../mm/heap.ts";
import { Mutex } from "../sched/mutex.ts";
import { sleepCurrent } from "../sched/scheduler.ts";
import type { PseudoFolder } from "./pseudo.ts";

const OBJECT_SIZE: u64 = 1024;
const OBJECT_ALIGNMENT: u64 = 16;
/** Nanoseconds that one thread gives another one to take its mutex. */
const HEAD_START: u64 = 500_000_000;

/** Without classes: else the order of locks would find them first. */
const firstMutex = new Mutex();
const secondMutex = new Mutex();
const keptMutex = new Mutex();
const spinLock = new SpinLock();

/** Adds the file, if this build has it. */
export function addProvocations(folder: PseudoFolder): void {
  if (isChecked()) folder.setting("provoke", writeNothing, provoke);
}

function writeNothing(writer: Writer, subject: u32): void {}

function provoke(text: Slice<u8>, subject: u32): Errno {
  if (is(text, "impatience")) {
    patience.seconds = 3;
  } else if (is(text, "spin lock")) {
    // stuck.ts
    spinLock.acquire();
    spinLock.forget();
    spinLock.acquire();
  } else if (is(text, "loop")) {
    // watch.ts, on another CPU
    using _ = disableInterrupts();
    loop();
  } else if (is(text, "loop with interrupts")) {
    // watch.ts, on this CPU
    loop();
  } else if (is(text, "first mutex")) {
    // mutex.ts: the circle of owners
    takeBoth(firstMutex, secondMutex);
  } else if (is(text, "second mutex")) {
    takeBoth(secondMutex, firstMutex);
  } else if (is(text, "kept mutex")) {
    // mutex.ts: the one who comes second has waited too long
    using _ = keptMutex.acquire();
    while (true) sleepCurrent(0, false);
  } else if (is(text, "frame twice")) {
    // mm/frames.ts
    const frame = allocateFrame();
    freeFrame(frame);
    freeFrame(frame);
  } else {
    return spoilObject(text);
  }
  return Errno.NONE;
}

/** What mm/heap.ts finds at once, or the walk at the machine's end. */
function spoilObject(text: Slice<u8>): Errno {
  const object = allocateMemory(OBJECT_SIZE, OBJECT_ALIGNMENT);
  if (object === 0) return Errno.NOMEM;
  if (is(text, "object twice")) {
    freeMemoryBlock(object, OBJECT_SIZE);
    freeMemoryBlock(object, OBJECT_SIZE);
  } else if (is(text, "object after its end")) {
    freeMemoryBlock(object, OBJECT_SIZE);
    pointer<u8>(object + 100)[0] = 7;
  } else if (is(text, "object too long")) {
    // Of two that lie side by side the second one is freed; the end of the first one reaches into it.
    const other = allocateMemory(OBJECT_SIZE, OBJECT_ALIGNMENT);
    const first = minimum(object, other);
    if (maximum(object, other) !== first + OBJECT_SIZE) return Errno.AGAIN;
    freeMemoryBlock(first + OBJECT_SIZE, OBJECT_SIZE);
    for (let i: u64 = 0; i < OBJECT_SIZE + 16; i++) pointer<u8>(first + i)[0] = 0x41;
  } else {
    freeMemoryBlock(object, OBJECT_SIZE);
    return Errno.INVAL;
  }
  return Errno.NONE;
}

function takeBoth(first: Mutex, second: Mutex): void {
  using _first = first.acquire();
  const start = monotonicNanoseconds();
  while (monotonicNanoseconds() < start + HEAD_START) sleepCurrent(start + HEAD_START, false);
  using _second = second.acquire();
}

function loop(): never {
  while (true) spinHint();
}

/** Whether what was written is a word, perhaps with the end of a line. */
function is(text: Slice<u8>, word: string): boolean {
  const length = text.length !== 0 && text[text.length - 1] === 10 ? text.length - 1 : text.length;
  const wanted = bytes(word);
  if (length !== wanted.length) return false;
  for (let i: usize = 0; i < length; i++) if (text[i] !== wanted[i]) return false;
  return true;
}
