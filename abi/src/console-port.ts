// The ports of the virtio console: the table "Virtio console" of docs/guest-interface.md.

export const ConsolePort = {
  /** Guest → host: the application's standard output. */
  output: 1,
  /** Guest → host: its standard error. */
  error: 2,
  /** Host → guest: its standard input, as it is. */
  input: 3,
} as const;
