// What the application may ask of the terminal (ioctl_tty(2)). Its settings and size are kept and given back; the line
// discipline that acts on them is the host terminal's, so changing them changes nothing there.

import { addressOf, sliceAt } from "unsafe";
import { Errno, errorCode } from "../lib/errno.ts";
import { copyFromUser, copyToUser, readUser32, type UserPointer, writeUser32 } from "../mm/user_memory.ts";
import { Control } from "./abi.ts";

/** struct termios of the kernel (asm-generic/termbits.h). @size 36 */
class TerminalSettings {
  inputFlags: u32 = 0o42400; // IXON | ICRNL | IUTF8
  outputFlags: u32 = 0o5; // OPOST | ONLCR
  controlFlags: u32 = 0o277; // B38400 | CS8 | CREAD
  localFlags: u32 = 0o105073; // ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN
  lineDiscipline: u8 = 0;
  readonly characters!: FixedArray<u8, 19>;
}

/** struct winsize. @size 8 */
class WindowSize {
  rows: u16 = 0;
  columns: u16 = 0;
  horizontalPixels: u16 = 0;
  verticalPixels: u16 = 0;
}

/** The process, its group and its session are one. */
const PROCESS_GROUP = 1;

/** Control characters after a reset: VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN … (asm-generic/termios.h, INIT_C_CC). */
const CONTROL_CHARACTERS = "\x03\x1c\x7f\x15\x04\x00\x01\x00\x11\x13\x1a\x00\x12\x0f\x17\x16\x00\x00\x00";

const settings = new TerminalSettings();
const windowSize = new WindowSize();
let filled = false;

/** Sets the size that the host's terminal had at the start. */
export function setWindowSize(rows: u16, columns: u16): void {
  windowSize.rows = rows;
  windowSize.columns = columns;
}

function fill(): void {
  if (filled) return;
  filled = true;
  for (let i: usize = 0; i < settings.characters.length; i++) settings.characters[i] = CONTROL_CHARACTERS[i];
}

/** Answers a request. The argument is an address of the application, or a number. */
export function terminalControl(request: u32, argument: u64): i64 {
  fill();
  const user = argument as UserPointer;
  switch (request) {
    case Control.GetTerminal:
      return errorCode(copyToUser(user, settingsBytes()));
    case Control.SetTerminal:
    case Control.SetTerminalWait:
    case Control.SetTerminalFlush:
      return errorCode(copyFromUser(settingsBytes(), user));
    case Control.GetWindowSize:
      return errorCode(copyToUser(user, windowBytes()));
    case Control.SetWindowSize:
      return errorCode(copyFromUser(windowBytes(), user));
    case Control.GetProcessGroup:
    case Control.GetSession:
      return errorCode(writeUser32(user, PROCESS_GROUP));
    case Control.SetProcessGroup: {
      const group = readUser32(user);
      if (!group.ok) return errorCode(group.error);
      return group.value === PROCESS_GROUP ? 0 : errorCode(Errno.PERM);
    }
    case Control.OutputQueue:
      return errorCode(writeUser32(user, 0));
    case Control.FlushTerminal:
      return 0;
    default:
      return errorCode(Errno.NOTTY);
  }
}

function settingsBytes(): Slice<u8> {
  // Safe: the object's own bytes; every pattern is a value.
  return sliceAt<u8>(addressOf(settings), sizeOf<TerminalSettings>());
}

function windowBytes(): Slice<u8> {
  // Safe: the object's own bytes; every pattern is a value.
  return sliceAt<u8>(addressOf(windowSize), sizeOf<WindowSize>());
}
