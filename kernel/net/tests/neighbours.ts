// The table of neighbours when there are more than it has room for: who is given up, and who is not.

import { print } from "prelude/host.ts";
import { type EthernetAddress, ipv4 } from "../address.ts";
import { type Neighbour, type NeighbourOwner, NeighbourState, NeighbourTable } from "../neighbour.ts";
import type { PacketBuffer } from "../packet.ts";

const FIRST = 0x0a00_0001;
const ROUTER = 0x0a00_fffe;
const HARDWARE = 0x0200_0000_0001;
const NOW = 1_000_000_000;

class Nobody implements NeighbourOwner {
  solicited: u32 = 0;

  solicit(neighbour: Neighbour, toItself: boolean, now: u64): void {
    this.solicited++;
  }

  sendTo(neighbour: Neighbour, packet: PacketBuffer): void {
    packet.release();
  }

  unreachable(packet: PacketBuffer, now: u64): void {
    packet.release();
  }

  dropped(packet: PacketBuffer): void {
    packet.release();
  }

  neighboursChanged(): void {}
}

const owner = new Nobody();
const table = new NeighbourTable();

/** @export main */
export function main(): i32 {
  table.begin(owner);
  const router = ipv4(ROUTER);
  table.obtain(router, NOW);
  table.learn(router, HARDWARE as EthernetAddress, true, true, false, NOW);
  assert(table.find(router)!.state === NeighbourState.Reachable, "somebody we talk to");
  for (let i: u32 = 0; i < 2000; i++) assert(table.obtain(ipv4(FIRST + i), NOW) !== null, "there is room for each question");
  assert(owner.solicited === 2001, "all are asked for");
  assert(table.find(router) !== null, "questions that nobody answers push out others of their kind, not whom we talk to");
  assert(table.find(ipv4(FIRST + 1999)) !== null && table.find(ipv4(FIRST)) === null, "the oldest of them first");
  for (let i: u32 = 0; i < 2000; i++) table.learn(ipv4(FIRST + 4000 + i), HARDWARE as EthernetAddress, false, true, true, NOW);
  assert(table.find(router) !== null, "nor do those who only say that they are there");
  for (let i: u32 = 0; i < 600; i++) table.learn(ipv4(FIRST + 8000 + i), HARDWARE as EthernetAddress, true, true, true, NOW);
  assert(table.find(ipv4(FIRST + 8599)) !== null, "when all are reachable the oldest go");
  table.clear();
  print("neighbours: a full table");
  return 0;
}
