// What the network has given us (DHCP): kept for who asks by /proc/net/pnp, and waited for by the first who needs an address.
//
//   card without an address ─▶ begin ─── leaseBegan ──▶ nobody waits any more ◀── a limit, once ─── nobody answers
//
// The network's lock guards it; who waits reads one word of it.

import { LineBuffer, Writer } from "prelude/writer.ts";
import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { Errno } from "../lib/errno.ts";
import { log } from "../lib/log.ts";
import { type IpAddress, ipv4Value, isSameAddress } from "../net/address.ts";
import type { DhcpClient, DhcpOwner } from "../net/dhcp/client.ts";
import type { DhcpReply } from "../net/dhcp/message.ts";
import { WaitQueue, WakeReason } from "../sched/wait_queue.ts";

/** How long the first who needs an address waits for one, from the start of the network, in nanoseconds. */
const PATIENCE = 10_000_000_000;

export class Lease implements DhcpOwner {
  private readonly queue = new WaitQueue();
  /** Somebody who needs an address had better wait for it. */
  isAwaited = false;
  private waitUntil: u64 = 0;
  private isHeld = false;
  private address: IpAddress = { high: 0, low: 0 };
  private readonly nameServers!: FixedArray<IpAddress, 3>;
  private nameServerCount: u32 = 0;
  private readonly domain!: FixedArray<u8, 256>;
  private domainLength: usize = 0;

  /** A lease is being asked for. */
  begin(now: u64): void {
    this.waitUntil = now + PATIENCE;
    this.isAwaited = true;
  }

  /** The network's lock is held; maybe in an interrupt. */
  leaseBegan(client: DhcpClient, reply: DhcpReply): void {
    this.nameServerCount = reply.nameServerCount;
    for (let i: u32 = 0; i < reply.nameServerCount; i++) this.nameServers[i] = reply.nameServers[i];
    this.domainLength = reply.domainLength;
    this.domain.slice(0, reply.domainLength).copyFrom(reply.domain.slice(0, reply.domainLength));
    if (!this.isHeld || !isSameAddress(this.address, client.address)) tellAddress(client.address);
    this.address = client.address;
    this.isHeld = true;
    this.isAwaited = false;
    this.queue.wakeAll();
  }

  /** Likewise. */
  leaseEnded(client: DhcpClient): void {
    if (this.isHeld) log("the network has taken the machine's address back");
    this.isHeld = false;
    this.nameServerCount = 0;
    this.domainLength = 0;
  }

  /** Waits for the address, once and not for long. A thread's context, without locks that do not sleep. RESTARTSYS: a signal came. */
  wait(): Errno {
    if (!this.isAwaited) return Errno.NONE;
    switch (this.queue.wait(() => !this.isAwaited, this.waitUntil)) {
      case WakeReason.Interrupted:
        return Errno.RESTARTSYS;
      case WakeReason.Woken:
        return Errno.NONE;
      case WakeReason.TimedOut:
        break;
    }
    if (this.isAwaited && monotonicNanoseconds() >= this.waitUntil) {
      this.isAwaited = false;
      log("the network gives no address: nobody answers (DHCP goes on asking)");
    }
    return Errno.NONE;
  }

  /** As Linux shows what it was given at start, which is also a resolv.conf(5). */
  write(writer: Writer): void {
    writer.text(this.isHeld ? "#PROTO: DHCP\n" : "#MANUAL\n");
    if (this.domainLength > 0) {
      writer.text("domain ");
      writer.bytes(this.domain.slice(0, this.domainLength));
      writer.text("\n");
    }
    for (let i: u32 = 0; i < this.nameServerCount; i++) {
      writer.text("nameserver ");
      writeIpv4(writer, ipv4Value(this.nameServers[i]));
      writer.text("\n");
    }
  }
}

function tellAddress(address: IpAddress): void {
  const text = new LineBuffer();
  const writer = new Writer(text.storage.slice());
  writeIpv4(writer, ipv4Value(address));
  log(`the network gives the machine the address ${writer.contents()}`);
}

/** 192.0.2.1 */
export function writeIpv4(writer: Writer, address: u32): void {
  writer.message(`${address >> 24}.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`);
}
