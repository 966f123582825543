// Ephemeral ports (RFC 6056, 3.3.4: double hash): for each destination a sequence of its own, which others cannot guess.

import type { IpAddress } from "./address.ts";
import type { TcpSecrets } from "./tcp/secrets.ts";

/** net.ipv4.ip_local_port_range. */
export const FIRST_EPHEMERAL = 32768;
export const LAST_EPHEMERAL = 60999;
const COUNT = LAST_EPHEMERAL - FIRST_EPHEMERAL + 1;

/** Guarded by the lock of the table in which ports are looked up. */
export class PortAllocator {
  private readonly counters!: FixedArray<u32, 256>;

  /** A port that `isFree` likes; 0 when there is none. */
  choose(secrets: TcpSecrets, local: IpAddress, remote: IpAddress, remotePort: u16, isFree: (port: u16) => boolean): u16 {
    const offset = secrets.portOffset(local, remote, remotePort);
    const slot = offset >> 24;
    for (let i: u32 = 0; i < COUNT; i++) {
      const port = u16(FIRST_EPHEMERAL + (((offset & 0xff_ffff) + this.counters[slot]) % COUNT));
      this.counters[slot]++;
      if (isFree(port)) return port;
    }
    return 0;
  }
}
