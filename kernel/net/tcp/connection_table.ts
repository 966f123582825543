// Which connection a segment belongs to: by both addresses and both ports.

import { HashTable } from "prelude/hash_table.ts";
import type { IpAddress } from "../address.ts";
import { isSameAddress } from "../address.ts";
import { type Connection, hashConnection } from "./connection.ts";

/** The owner locks it. */
export class ConnectionTable {
  readonly connections = new HashTable<Connection, 4096>();

  find(local: IpAddress, localPort: u16, remote: IpAddress, remotePort: u16): Connection | null {
    const hash = hashConnection(local, localPort, remote, remotePort);
    let found = this.connections.firstWithHash(hash);
    while (found !== null) {
      const isIt =
        found.localPort === localPort &&
        found.remotePort === remotePort &&
        isSameAddress(found.remoteAddress, remote) &&
        isSameAddress(found.localAddress, local);
      if (isIt) return found;
      found = this.connections.nextWithHash(found);
    }
    return null;
  }

  /** Adds a connection whose addresses and ports are set. False when there is one with the same. */
  insert(connection: Connection): boolean {
    const same = this.find(connection.localAddress, connection.localPort, connection.remoteAddress, connection.remotePort);
    if (same !== null) return false;
    this.connections.insert(connection);
    return true;
  }

  /** Takes a connection out, if it is in. */
  remove(connection: Connection): void {
    if (connection.entry.linked) this.connections.remove(connection);
  }
}
