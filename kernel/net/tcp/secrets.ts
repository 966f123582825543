// Numbers that an outside host must not guess: initial sequence numbers (RFC 6528), SYN cookies, ports (RFC 6056).

import type { IpAddress } from "../address.ts";
import { SipKey, sipHash5 } from "../siphash.ts";

/** RFC 9293, 3.4.1: the clock of sequence numbers ticks every 4 microseconds. */
const TICK = 4000;
/** A cookie's time, in units of 64 seconds, five bits of it. */
const COOKIE_TIME = 64_000_000_000;
const COOKIE_AGE = 2;

/** Segment sizes that a cookie can tell: the largest that is not above the peer's (three bits). */
const cookieSizes: FixedArray<u32, 8> = [536, 1220, 1300, 1380, 1400, 1440, 1460, 8960];

/** Made once, with unpredictable bits. Others only read it: any CPU, no lock. */
export class TcpSecrets {
  private readonly sequenceKey = new SipKey();
  private readonly cookieKey = new SipKey();
  private readonly portKey = new SipKey();

  begin(a: u64, b: u64, c: u64, d: u64): void {
    this.sequenceKey.first = a;
    this.sequenceKey.second = b;
    this.cookieKey.first = c;
    this.cookieKey.second = d;
    this.portKey.first = a ^ d;
    this.portKey.second = b + c;
  }

  /** ISN = M + F(addresses, ports, secret) (RFC 6528, section 3). */
  initialSequence(local: IpAddress, localPort: u16, remote: IpAddress, remotePort: u16, now: u64): u32 {
    return u32(now / TICK) + u32(hash(this.sequenceKey, local, localPort, remote, remotePort, 0));
  }

  /** What is added to the clock for the timestamps of a connection (RFC 7323, 5.4): the same whenever it is opened. */
  timestampOffset(local: IpAddress, localPort: u16, remote: IpAddress, remotePort: u16): u32 {
    return u32(hash(this.portKey, local, localPort, remote, remotePort, 1));
  }

  /** Where the search for a free port begins for a destination (RFC 6056, 3.3.3). */
  portOffset(local: IpAddress, remote: IpAddress, remotePort: u16): u32 {
    return u32(hash(this.portKey, local, 0, remote, remotePort, 0));
  }

  /**
   * A sequence number for SYN and ACK that remembers the connection in itself: 24 bits of hash, 5 of time, 3 of segment size.
   */
  cookie(local: IpAddress, localPort: u16, remote: IpAddress, remotePort: u16, peerSequence: u32, segment: u32, now: u64): u32 {
    let index: u32 = 0;
    for (let i: u32 = 0; i < 8; i++) if (cookieSizes[i] <= segment) index = i;
    const time = now / COOKIE_TIME;
    const salt = (time << 35) | (u64(index) << 32) | u64(peerSequence);
    const mark = u32(hash(this.cookieKey, local, localPort, remote, remotePort, salt)) & 0xff_ffff;
    return (mark << 8) | (u32(time & 31) << 3) | index;
  }

  /** The segment size in a cookie that came back; 0 when it is not one of ours, or too old. */
  checkCookie(
    local: IpAddress,
    localPort: u16,
    remote: IpAddress,
    remotePort: u16,
    peerSequence: u32,
    cookie: u32,
    now: u64,
  ): u32 {
    const index = cookie & 7;
    for (let age: u64 = 0; age <= COOKIE_AGE; age++) {
      const then = age * COOKIE_TIME;
      if (then > now) break;
      if (this.cookie(local, localPort, remote, remotePort, peerSequence, cookieSizes[index], now - then) === cookie) {
        return cookieSizes[index];
      }
    }
    return 0;
  }
}

function hash(key: SipKey, local: IpAddress, localPort: u16, remote: IpAddress, remotePort: u16, salt: u64): u64 {
  const ports = (u64(localPort) << 16) | u64(remotePort);
  return sipHash5(key, local.high ^ salt, local.low, remote.high, remote.low, ports ^ (salt << 32));
}
