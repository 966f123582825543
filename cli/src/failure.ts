// The one way in which the tool fails on purpose: a sentence for the user, and the status that says whose fault it is.

/** Exit statuses of the command itself, as Docker and the shells use them. */
export const Status = {
  /** Unary itself failed: no QEMU, a kernel panic, an unreadable file. */
  unary: 125,
  /** The application is there and cannot be run. */
  notExecutable: 126,
  notFound: 127,
  usage: 2,
  /** Added to a signal's number. */
  signal: 128,
} as const;

export class Failure extends Error {
  override readonly name = "Failure";
  readonly status: number;
  /** What to do next, in a sentence or a command; shown on a line of its own. */
  readonly hint: string | undefined;

  constructor(status: number, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

/** Errno names in words, for the ends of sentences. */
export function reason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException)?.code;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ELOOP":
      return "its symbolic links go in a circle";
    case "ENOTDIR":
      return "a part of its path is not a folder";
    case "ENAMETOOLONG":
      return "its name is too long";
    case "ENOSPC":
      return "the disk is full";
    case "EISDIR":
      return "it is a folder";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
