/** Why a file is not a program for this machine. */
export type ElfErrorKind = "not-elf" | "32-bit" | "big-endian" | "architecture" | "type" | "truncated" | "malformed";

/** What the ELF reader throws for every input it cannot use. The message continues a sentence: "FILE …". */
export class ElfError extends Error {
  override readonly name = "ElfError";
  readonly kind: ElfErrorKind;

  constructor(kind: ElfErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Throws an {@link ElfError} of kind "malformed" unless the condition holds. */
export function sound(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new ElfError("malformed", `is damaged: ${otherwise}`);
}
