// `#!`: a text file whose first line names the program that runs it. fs/binfmt_script.c of Linux.
//
//   #! interpreter [one argument, blanks and all]
//
// The interpreter gets its own name, the argument, the script's path, and then what the script was given after its name.

const BANG = 0x21;
const HASH = 0x23;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
/** BINPRM_BUF_SIZE: a first line is looked at no further. */
const LINE_LIMIT = 256;

/** The first line of a script, taken apart: slices of the bytes it was parsed from. */
export class ScriptLine {
  interpreter!: Slice<u8>;
  /** Null when there is none. */
  argument: Slice<u8> | null = null;
}

/** Whether a file begins as a script does. Pure. */
export function isScript(start: Slice<u8>): boolean {
  return start.length >= 2 && start[0] === HASH && start[1] === BANG;
}

/**
 * Takes the first line apart. Pure.
 * @param start the file's first bytes, a script's
 * @returns false when it names no interpreter, or one whose name may go on beyond the limit
 */
export function parseScript(start: Slice<u8>, line: ScriptLine): boolean {
  const limit = minimum(start.length, LINE_LIMIT);
  let end: usize = 2;
  while (end < limit && start[end] !== NEWLINE && start[end] !== 0) end++;
  const isWhole = end < limit || start.length < LINE_LIMIT;
  while (end > 2 && isBlank(start[end - 1])) end--;
  let first: usize = 2;
  while (first < end && isBlank(start[first])) first++;
  let afterName = first;
  while (afterName < end && !isBlank(start[afterName])) afterName++;
  if (first === afterName || (afterName === end && !isWhole)) return false;
  line.interpreter = start.slice(first, afterName);
  let argument = afterName;
  while (argument < end && isBlank(start[argument])) argument++;
  if (argument < end) line.argument = start.slice(argument, end);
  return true;
}

function isBlank(byte: u8): boolean {
  return byte === SPACE || byte === TAB;
}
