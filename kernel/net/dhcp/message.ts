// DHCP messages (RFC 2131, section 2) and their options (RFC 2132), read and made.
//
//   0    1       2        3      4     8      10      12       16       20       24       28       44      108    236      240
//   | op | htype | hlen | hops | xid | secs | flags | ciaddr | yiaddr | siaddr | giaddr | chaddr | sname | file | cookie | options

import { type EthernetAddress, type IpAddress, loadIpv4, storeIpv4 } from "../address.ts";
import { load16, load32, store16, store32, store48 } from "../byte_order.ts";

const FIXED_LENGTH = 240;
const COOKIE = 0x6382_5363;
const BROADCAST_FLAG = 0x8000;
/** RFC 2131, 2: every client takes that much; some servers ignore shorter messages than BOOTP's. */
export const DHCP_MESSAGE_LENGTH = 300;
const MAXIMUM_SERVERS = 3;

export const enum DhcpType {
  None = 0,
  Discover = 1,
  Offer = 2,
  Request = 3,
  Decline = 4,
  Acknowledge = 5,
  Refuse = 6,
  Release = 7,
}

const enum DhcpOption {
  Pad = 0,
  SubnetMask = 1,
  Router = 3,
  NameServers = 6,
  HostName = 12,
  Domain = 15,
  Mtu = 26,
  RequestedAddress = 50,
  LeaseTime = 51,
  Overload = 52,
  MessageType = 53,
  ServerIdentifier = 54,
  ParameterList = 55,
  RenewalTime = 58,
  RebindingTime = 59,
  ClientIdentifier = 61,
  End = 255,
}

/** What a server says. Values that it does not say are 0. */
export class DhcpReply {
  type: DhcpType = DhcpType.None;
  transaction: u32 = 0;
  hardware: EthernetAddress = 0 as EthernetAddress;
  address!: IpAddress;
  server!: IpAddress;
  hasServer = false;
  mask: u32 = 0;
  router!: IpAddress;
  hasRouter = false;
  readonly nameServers!: FixedArray<IpAddress, 3>;
  nameServerCount: u32 = 0;
  mtu: u32 = 0;
  /** Seconds. */
  leaseTime: u32 = 0;
  renewalTime: u32 = 0;
  rebindingTime: u32 = 0;
  readonly domain!: FixedArray<u8, 256>;
  domainLength: usize = 0;
  readonly hostName!: FixedArray<u8, 64>;
  hostNameLength: usize = 0;

  /** Reads a UDP payload. False when it is no reply of DHCP for Ethernet. */
  parse(data: Slice<u8>): boolean {
    this.clear();
    if (data.length < FIXED_LENGTH || data[0] !== 2 || data[1] !== 1 || data[2] !== 6) return false;
    if (load32(data, 236) !== COOKIE) return false;
    this.transaction = load32(data, 4);
    this.address = loadIpv4(data, 16);
    this.hardware = ((u64(load16(data, 28)) << 32) | u64(load32(data, 30))) as EthernetAddress;
    const overload = this.parseOptions(data.slice(FIXED_LENGTH));
    // Options may go on in the fields for names of files and servers (RFC 2132, 9.3).
    if ((overload & 1) !== 0) this.parseOptions(data.slice(108, 236));
    if ((overload & 2) !== 0) this.parseOptions(data.slice(44, 108));
    return this.type !== DhcpType.None;
  }

  private clear(): void {
    this.type = DhcpType.None;
    this.hasServer = false;
    this.mask = 0;
    this.hasRouter = false;
    this.nameServerCount = 0;
    this.mtu = 0;
    this.leaseTime = 0;
    this.renewalTime = 0;
    this.rebindingTime = 0;
    this.domainLength = 0;
    this.hostNameLength = 0;
  }

  /** @returns the value of the overload option */
  private parseOptions(options: Slice<u8>): u8 {
    let at: usize = 0;
    let overload: u8 = 0;
    while (at < options.length) {
      const kind = options[at];
      if (kind === u8(u32(DhcpOption.End))) break;
      if (kind === u8(u32(DhcpOption.Pad))) {
        at++;
        continue;
      }
      if (at + 2 > options.length) break;
      const length = u64(options[at + 1]);
      if (at + 2 + length > options.length) break;
      const value = options.slice(at + 2, at + 2 + length);
      if (kind === u8(u32(DhcpOption.Overload)) && length === 1) overload = value[0];
      else this.parseOption(kind, value);
      at += 2 + length;
    }
    return overload;
  }

  private parseOption(kind: u8, value: Slice<u8>): void {
    switch (kind) {
      case 53:
        if (value.length === 1 && value[0] >= 1 && value[0] <= 8) this.type = u32(value[0]) as DhcpType;
        break;
      case 15:
        this.domainLength = minimum(value.length, u64(255));
        this.domain.slice(0, this.domainLength).copyFrom(value.slice(0, this.domainLength));
        break;
      case 12:
        this.hostNameLength = minimum(value.length, u64(63));
        this.hostName.slice(0, this.hostNameLength).copyFrom(value.slice(0, this.hostNameLength));
        break;
      case 26:
        if (value.length === 2) this.mtu = u32(load16(value, 0));
        break;
      case 6:
        for (let at: usize = 0; at + 4 <= value.length && this.nameServerCount < MAXIMUM_SERVERS; at += 4) {
          this.nameServers[this.nameServerCount] = loadIpv4(value, at);
          this.nameServerCount++;
        }
        break;
      default:
        if (value.length >= 4) this.parseWord(kind, value);
        break;
    }
  }

  private parseWord(kind: u8, value: Slice<u8>): void {
    switch (kind) {
      case 1:
        this.mask = load32(value, 0);
        break;
      case 3:
        this.router = loadIpv4(value, 0);
        this.hasRouter = true;
        break;
      case 51:
        this.leaseTime = load32(value, 0);
        break;
      case 54:
        this.server = loadIpv4(value, 0);
        this.hasServer = true;
        break;
      case 58:
        this.renewalTime = load32(value, 0);
        break;
      case 59:
        this.rebindingTime = load32(value, 0);
        break;
      default:
        break;
    }
  }
}

/** What a client says. */
export class DhcpRequest {
  type: DhcpType = DhcpType.Discover;
  transaction: u32 = 0;
  /** Seconds since the client began. */
  seconds: u16 = 0;
  hardware: EthernetAddress = 0 as EthernetAddress;
  /** The address that we have, in renewals; otherwise 0.0.0.0. */
  client!: IpAddress;
  requested!: IpAddress;
  hasRequested = false;
  server!: IpAddress;
  hasServer = false;

  /** Writes a message of {@link DHCP_MESSAGE_LENGTH} bytes. */
  write(data: Slice<u8>): void {
    data.fill(0);
    data[0] = 1;
    data[1] = 1;
    data[2] = 6;
    store32(data, 4, this.transaction);
    store16(data, 8, this.seconds);
    // Without an address a reply to one would be dropped below us; those that answer a renewal come to the address.
    if (this.client.low === 0 || u32(this.client.low) === 0) store16(data, 10, BROADCAST_FLAG);
    storeIpv4(data, 12, this.client);
    store48(data, 28, u64(this.hardware));
    store32(data, 236, COOKIE);
    let at: usize = FIXED_LENGTH;
    data[at] = u8(u32(DhcpOption.MessageType));
    data[at + 1] = 1;
    data[at + 2] = u8(u32(this.type));
    at += 3;
    data[at] = u8(u32(DhcpOption.ClientIdentifier));
    data[at + 1] = 7;
    data[at + 2] = 1;
    store48(data, at + 3, u64(this.hardware));
    at += 9;
    if (this.hasRequested) at = writeAddress(data, at, DhcpOption.RequestedAddress, this.requested);
    if (this.hasServer) at = writeAddress(data, at, DhcpOption.ServerIdentifier, this.server);
    const wanted: FixedArray<u8, 9> = [1, 3, 6, 12, 15, 26, 51, 58, 59];
    data[at] = u8(u32(DhcpOption.ParameterList));
    data[at + 1] = 9;
    data.slice(at + 2, at + 11).copyFrom(wanted.slice());
    data[at + 11] = u8(u32(DhcpOption.End));
  }
}

function writeAddress(data: Slice<u8>, at: usize, kind: DhcpOption, address: IpAddress): usize {
  data[at] = u8(u32(kind));
  data[at + 1] = 4;
  storeIpv4(data, at + 2, address);
  return at + 6;
}
