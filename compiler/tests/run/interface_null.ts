// An interface value may be null.
import { print } from "prelude/host.ts";
interface Device {
  read(): u32;
}
class Keyboard implements Device {
  read(): u32 {
    return 65;
  }
}
class Port {
  device: Device | null = null;
  read(): u32 {
    const device = this.device;
    return device === null ? 0 : device.read();
  }
}
export function main(): void {
  const port = new Port();
  const keyboard = new Keyboard();
  print(`${port.read()}`);
  port.device = keyboard;
  print(`${port.read()} ${port.device !== null} ${sizeOf<Port>()}`);
  port.device = null;
  print(`${port.read()}`);
}
