// Frames made by hand, right or wrong in exactly what a test wants: Ethernet, IP of both versions, ICMP, TCP, UDP.

/** Both ends of a link: the machine that is tested, and us. */
export interface Ends {
  theirs: Host;
  ours: Host;
}

export interface Host {
  /** As 02:00:00:00:00:01. */
  hardware: string;
  four: string;
  six: string;
}

export const Protocol = {
  hopByHop: 0,
  icmp: 1,
  tcp: 6,
  udp: 17,
  routing: 43,
  fragment: 44,
  icmp6: 58,
  none: 59,
  options: 60,
} as const;

/** Parts in the order of the wire: numbers are bytes. */
export function bytes(...parts: (number | readonly number[] | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.of(part) : Buffer.from(part))));
}

export const word16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
export const word32 = (value: number): number[] => [...word16((value >>> 16) & 0xffff), ...word16(value & 0xffff)];

function hardwareBytes(address: string): number[] {
  return address.split(":").map((part) => Number.parseInt(part, 16));
}

export function addressBytes(address: string): number[] {
  if (!address.includes(":")) return address.split(".").map(Number);
  const [left = "", right] = address.split("::");
  const groups = (text: string): number[] => (text === "" ? [] : text.split(":").map((part) => Number.parseInt(part, 16)));
  const [first, last] = [groups(left), groups(right ?? "")];
  return [...first, ...Array(8 - first.length - last.length).fill(0), ...last].flatMap(word16);
}

/** The Internet's checksum (RFC 1071). */
function checksum(...parts: Buffer[]): number {
  let sum = 0;
  for (const part of parts) for (let i = 0; i < part.length; i++) sum += i % 2 === 0 ? (part[i] ?? 0) * 256 : (part[i] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
  return ~sum & 0xffff;
}

export function ethernet(ends: Ends, type: number, payload: Buffer, to: string = ends.theirs.hardware): Buffer {
  return bytes(hardwareBytes(to), hardwareBytes(ends.ours.hardware), word16(type), payload);
}

export interface Ipv4Fields {
  version?: number;
  /** Of the header, in words of four bytes. */
  words?: number;
  total?: number;
  identification?: number;
  /** Flags and offset, as in the header. */
  fragment?: number;
  source?: string;
  destination?: string;
  options?: readonly number[];
  /** Added to the right checksum. */
  wrong?: number;
}

/** A frame with a packet of IPv4. */
export function frame4(ends: Ends, protocol: number, payload: Buffer, fields: Ipv4Fields = {}): Buffer {
  const options = fields.options ?? [];
  const words = fields.words ?? 5 + options.length / 4;
  const header = bytes(
    ((fields.version ?? 4) << 4) | words,
    0,
    word16(fields.total ?? 20 + options.length + payload.length),
    word16(fields.identification ?? 1),
    word16(fields.fragment ?? 0),
    64,
    protocol,
    [0, 0],
    addressBytes(fields.source ?? ends.ours.four),
    addressBytes(fields.destination ?? ends.theirs.four),
    options,
  );
  header.writeUInt16BE((checksum(header) + (fields.wrong ?? 0)) & 0xffff, 10);
  return ethernet(ends, 0x0800, bytes(header, payload));
}

export interface Ipv6Fields {
  version?: number;
  length?: number;
  hops?: number;
  source?: string;
  destination?: string;
}

/** A frame with a packet of IPv6. */
export function frame6(ends: Ends, next: number, payload: Buffer, fields: Ipv6Fields = {}): Buffer {
  const destination = fields.destination ?? ends.theirs.six;
  const header = bytes(
    (fields.version ?? 6) << 4,
    [0, 0, 0],
    word16(fields.length ?? payload.length),
    next,
    fields.hops ?? 64,
    addressBytes(fields.source ?? ends.ours.six),
    addressBytes(destination),
  );
  return ethernet(ends, 0x86dd, bytes(header, payload));
}

/** What a transport's checksum covers beside the packet: addresses, length, protocol. */
function pseudoHeader(ends: Ends, six: boolean, protocol: number, length: number, fields: Ipv6Fields): Buffer {
  const source = fields.source ?? (six ? ends.ours.six : ends.ours.four);
  const destination = fields.destination ?? (six ? ends.theirs.six : ends.theirs.four);
  return bytes(addressBytes(source), addressBytes(destination), word32(length), word32(protocol));
}

/** Fills in a checksum at `place`, `wrong` by so much. */
function complete(packet: Buffer, place: number, pseudo: Buffer, wrong: number): Buffer {
  packet.writeUInt16BE(0, place);
  packet.writeUInt16BE((checksum(pseudo, packet) + wrong) & 0xffff, place);
  return packet;
}

export interface TcpFields extends Ipv6Fields {
  six?: boolean;
  from?: number;
  to?: number;
  sequence?: number;
  acknowledgment?: number;
  flags?: number;
  words?: number;
  options?: readonly number[];
  data?: Buffer;
  wrong?: number;
}

export const Flag = { fin: 1, syn: 2, reset: 4, push: 8, acknowledgment: 16, urgent: 32 } as const;

/** A segment of TCP; SYN to the tests' port unless it is said otherwise. */
export function segment(ends: Ends, fields: TcpFields = {}): Buffer {
  const options = fields.options ?? [];
  const packet = bytes(
    word16(fields.from ?? 1234),
    word16(fields.to ?? 8000),
    word32(fields.sequence ?? 1000),
    word32(fields.acknowledgment ?? 0),
    (fields.words ?? 5 + options.length / 4) << 4,
    fields.flags ?? Flag.syn,
    word16(8192),
    [0, 0, 0, 0],
    options,
    fields.data ?? Buffer.of(),
  );
  return complete(packet, 16, pseudoHeader(ends, fields.six ?? false, Protocol.tcp, packet.length, fields), fields.wrong ?? 0);
}

export interface UdpFields extends Ipv6Fields {
  six?: boolean;
  from?: number;
  to?: number;
  total?: number;
  data?: Buffer;
  wrong?: number;
  /** No checksum at all. */
  unchecked?: boolean;
}

export function datagram(ends: Ends, fields: UdpFields = {}): Buffer {
  const data = fields.data ?? Buffer.from("datagram");
  const packet = bytes(
    word16(fields.from ?? 1234),
    word16(fields.to ?? 9),
    word16(fields.total ?? 8 + data.length),
    [0, 0],
    data,
  );
  if (fields.unchecked === true) return packet;
  return complete(packet, 6, pseudoHeader(ends, fields.six ?? false, Protocol.udp, packet.length, fields), fields.wrong ?? 0);
}

export function icmp(type: number, code: number, rest: readonly number[] | Buffer, wrong: number = 0): Buffer {
  return complete(bytes(type, code, [0, 0], rest), 2, Buffer.of(), wrong);
}

export function icmp6(
  ends: Ends,
  type: number,
  code: number,
  rest: readonly number[] | Buffer,
  fields: Ipv6Fields & { wrong?: number } = {},
): Buffer {
  const packet = bytes(type, code, [0, 0], rest);
  return complete(packet, 2, pseudoHeader(ends, true, Protocol.icmp6, packet.length, fields), fields.wrong ?? 0);
}
