// Where the guest reaches the tool: the table "Devices" of docs/guest-interface.md. The tool's copy is abi/src/ports.ts.

/** Debug console: the application's standard output, byte by byte. */
export const STANDARD_OUTPUT_PORT = 0xe9;
/** Debug console: the application's standard error, the kernel's log and traces. */
export const STANDARD_ERROR_PORT = 0xea;
/** Debug console: control lines. */
export const CONTROL_PORT = 0xeb;
/** First serial port, a 16550, host to guest: frames. */
export const SERIAL_PORT = 0x3f8;
/** The serial port's line on the IO-APIC. */
export const SERIAL_INTERRUPT = 4;
/** Debug exit: any write ends the machine. */
export const EXIT_PORT = 0xf4;
