// The ports of the virtio console: the table "Virtio console" of docs/guest-interface.md. The tool's copy is
// abi/src/console-port.ts.

export const enum ConsolePort {
  /** The application's standard output. */
  Output = 1,
  /** Its standard error. */
  Error = 2,
  /** Its standard input, as it is. */
  Input = 3,
}
