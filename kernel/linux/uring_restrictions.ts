// What a ring may be asked for, once it is restricted (IORING_REGISTER_RESTRICTIONS): for a ring whose submissions another writes.

const SIX_BITS = 63;

export class Restrictions {
  /** They are there, and hold from the moment on that the ring is enabled. */
  registered = false;
  private operations: u64 = 0;
  private registrations: u64 = 0;
  private allowedFlags: u32 = 0;
  private requiredFlags: u32 = 0;

  allowOperation(operation: u32): void {
    this.operations |= u64(1) << (operation & SIX_BITS);
  }

  allowRegistration(code: u32): void {
    this.registrations |= u64(1) << (code & SIX_BITS);
  }

  allowFlags(flags: u32): void {
    this.allowedFlags = flags;
  }

  requireFlags(flags: u32): void {
    this.requiredFlags = flags;
  }

  permitsRegistration(code: u32): boolean {
    return !this.registered || (code < 64 && ((this.registrations >> code) & 1) !== 0);
  }

  /** Whether an entry with such flags may be submitted. */
  permitsEntry(operation: u32, flags: u32): boolean {
    if (!this.registered) return true;
    if (operation > SIX_BITS || ((this.operations >> operation) & 1) === 0) return false;
    if ((flags & this.requiredFlags) !== this.requiredFlags) return false;
    return (flags & ~(this.allowedFlags | this.requiredFlags)) === 0;
  }

  /** Forgets what a registration that failed has set. */
  clear(): void {
    this.operations = 0;
    this.registrations = 0;
    this.allowedFlags = 0;
    this.requiredFlags = 0;
  }
}
