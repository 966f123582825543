// Packets that no honest host sends, and what a machine's network counts of each: by Linux's names, as Linux counts them.

import {
  addressBytes,
  bytes,
  datagram,
  type Ends,
  ethernet,
  Flag,
  frame4,
  frame6,
  icmp,
  icmp6,
  Protocol,
  segment,
  word16,
  word32,
} from "./frames.ts";

export interface Malformed {
  name: string;
  frames: Buffer[];
  /** Counters of /proc/net/snmp, netstat (`Group.Name`) and snmp6 (`Name`) that go up, and by how much. No other that tells of something bad does. */
  counted: Readonly<Record<string, number>>;
  /** Where Linux counts nothing in these files, and something else where it does not matter: we count all the same. */
  onLinux?: Readonly<Record<string, number>>;
}

const MORE = 0x2000;
/** ::ffff:192.0.2.1 */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1];
/** Linux tells the sender of options that make no sense. */
const TOLD = { "Ip.InHdrErrors": 1, "Icmp.OutParmProbs": 1 };
const CLOSED = 9;
const ECHO = [0, 1, 0, 1, ...Buffer.from("echo")];

/** All of them, for a machine with a server of TCP and UDP on port 8000 and on no other. */
export function malformedFrames(ends: Ends): Malformed[] {
  return [
    ...ofIpv4(ends),
    ...ofFragments4(ends),
    ...ofTransports4(ends),
    ...ofIcmp4(ends),
    ...ofIpv6(ends),
    ...ofTransports6(ends),
    ...ofIcmp6(ends),
  ];
}

function ofIpv4(ends: Ends): Malformed[] {
  const syn = segment(ends);
  const wrong = (
    name: string,
    fields: Parameters<typeof frame4>[3],
    counted: Malformed["counted"],
    onLinux?: Malformed["counted"],
  ) => ({
    name: `IPv4: ${name}`,
    frames: [frame4(ends, Protocol.tcp, syn, fields)],
    counted,
    ...(onLinux === undefined ? {} : { onLinux }),
  });
  return [
    {
      name: "IPv4: half a header",
      frames: [ethernet(ends, 0x0800, bytes(0x45, Array(9).fill(0)))],
      counted: { "Ip.InHdrErrors": 1 },
    },
    wrong("version 5", { version: 5 }, { "Ip.InHdrErrors": 1 }),
    wrong("a header of 16 bytes", { words: 4 }, { "Ip.InHdrErrors": 1 }),
    wrong("a header longer than the packet", { words: 15, total: 40 }, { "Ip.InHdrErrors": 1 }),
    wrong("shorter than its header", { total: 19 }, { "Ip.InHdrErrors": 1 }),
    wrong("longer than the frame", { total: 1000 }, { "IpExt.InTruncatedPkts": 1 }),
    wrong("a wrong checksum", { wrong: 1 }, { "Ip.InHdrErrors": 1, "IpExt.InCsumErrors": 1 }),
    wrong("an option without length", { options: [1, 1, 1, 7] }, { "Ip.InHdrErrors": 1 }, TOLD),
    wrong("an option longer than the header", { options: [7, 40, 4, 0] }, { "Ip.InHdrErrors": 1 }, TOLD),
    wrong("to somebody else", { destination: "192.0.2.200" }, { "Ip.InAddrErrors": 1 }),
    wrong("from the loopback", { source: "127.0.0.1" }, { "Ip.InAddrErrors": 1 }, {}),
    wrong("to the loopback", { destination: "127.0.0.1" }, { "Ip.InAddrErrors": 1 }, {}),
    wrong("from everybody", { source: "255.255.255.255" }, { "Ip.InAddrErrors": 1 }, {}),
    wrong("from a group", { source: "224.0.0.1" }, { "Ip.InAddrErrors": 1 }, {}),
    wrong("from itself", { source: ends.theirs.four }, { "Ip.InAddrErrors": 1 }, {}),
    {
      name: "IPv4: a protocol that nobody has",
      frames: [frame4(ends, 200, Buffer.alloc(20))],
      counted: { "Ip.InUnknownProtos": 1, "Icmp.OutDestUnreachs": 1 },
    },
  ];
}

function ofFragments4(ends: Ends): Malformed[] {
  const part = (identification: number, offset: number, length: number, more: boolean): Buffer =>
    frame4(ends, Protocol.udp, Buffer.alloc(length), { identification, fragment: (more ? MORE : 0) | (offset / 8) });
  return [
    {
      name: "fragments: one of no multiple of eight",
      frames: [part(101, 0, 21, true)],
      counted: { "Ip.ReasmReqds": 1, "Ip.ReasmFails": 1 },
      onLinux: { "Ip.ReasmReqds": 1 },
    },
    {
      name: "fragments: beyond the longest packet",
      frames: [part(102, 65528, 100, false)],
      counted: { "Ip.ReasmReqds": 1, "Ip.ReasmFails": 1 },
      onLinux: { "Ip.ReasmReqds": 1 },
    },
    {
      name: "fragments: two that overlap",
      frames: [part(103, 0, 64, true), part(103, 32, 64, true)],
      counted: { "Ip.ReasmReqds": 2, "Ip.ReasmFails": 1, "IpExt.ReasmOverlaps": 1 },
    },
    {
      name: "fragments: two ends",
      frames: [part(104, 64, 64, false), part(104, 128, 64, false)],
      counted: { "Ip.ReasmReqds": 2, "Ip.ReasmFails": 1 },
    },
  ];
}

function ofTransports4(ends: Ends): Malformed[] {
  const tcp = (name: string, packet: Buffer, counted: Malformed["counted"]): Malformed => ({
    name: `TCP: ${name}`,
    frames: [frame4(ends, Protocol.tcp, packet)],
    counted,
  });
  const udp = (name: string, packet: Buffer, counted: Malformed["counted"]): Malformed => ({
    name: `UDP: ${name}`,
    frames: [frame4(ends, Protocol.udp, packet)],
    counted,
  });
  return [
    tcp("a header of 16 bytes", segment(ends, { words: 4 }), { "Tcp.InErrs": 1 }),
    { ...tcp("a header longer than the segment", segment(ends, { words: 15 }), { "Tcp.InErrs": 1 }), onLinux: {} },
    tcp("a wrong checksum", segment(ends, { wrong: 1 }), { "Tcp.InErrs": 1, "Tcp.InCsumErrors": 1 }),
    tcp("to a closed port", segment(ends, { to: CLOSED }), { "Tcp.OutRsts": 1 }),
    tcp("an acknowledgment of nothing", segment(ends, { flags: Flag.acknowledgment, acknowledgment: 77 }), { "Tcp.OutRsts": 1 }),
    tcp("SYN and FIN to a closed port", segment(ends, { to: CLOSED, flags: Flag.syn | Flag.fin }), { "Tcp.OutRsts": 1 }),
    tcp("no flag at all, to a listener", segment(ends, { flags: 0 }), {}),
    tcp("a reset of nothing", segment(ends, { flags: Flag.reset }), {}),
    udp("half a header", Buffer.alloc(4), { "Udp.InErrors": 1 }),
    udp("shorter than its header", datagram(ends, { to: 8000, total: 7 }), { "Udp.InErrors": 1 }),
    udp("longer than the packet", datagram(ends, { to: 8000, total: 100 }), { "Udp.InErrors": 1 }),
    udp("a wrong checksum", datagram(ends, { to: 8000, wrong: 1 }), { "Udp.InErrors": 1, "Udp.InCsumErrors": 1 }),
    udp("to a closed port", datagram(ends), { "Udp.NoPorts": 1, "Icmp.OutDestUnreachs": 1 }),
  ];
}

function ofIcmp4(ends: Ends): Malformed[] {
  const message = (name: string, packet: Buffer, counted: Malformed["counted"]): Malformed => ({
    name: `ICMP: ${name}`,
    frames: [frame4(ends, Protocol.icmp, packet)],
    counted: { "Icmp.InMsgs": 1, ...counted },
  });
  const inner = frame4({ ours: ends.theirs, theirs: ends.ours }, Protocol.udp, datagram(ends)).subarray(14);
  return [
    message("half a header", icmp(8, 0, []), { "Icmp.InErrors": 1 }),
    message("a wrong checksum", icmp(8, 0, ECHO, 1), { "Icmp.InErrors": 1, "Icmp.InCsumErrors": 1 }),
    message("an echo", icmp(8, 0, ECHO), { "Icmp.InEchos": 1, "Icmp.OutEchoReps": 1 }),
    message("a type that nobody has", icmp(77, 0, [0, 0, 0, 0]), { "Icmp.InErrors": 1 }),
    message("unreachable, without the packet", icmp(3, 1, [0, 0, 0, 0]), { "Icmp.InErrors": 1, "Icmp.InDestUnreachs": 1 }),
    message("unreachable, with half of the packet's header", icmp(3, 1, [0, 0, 0, 0, ...inner.subarray(0, 10)]), {
      "Icmp.InErrors": 1,
      "Icmp.InDestUnreachs": 1,
    }),
  ];
}

function ofIpv6(ends: Ends): Malformed[] {
  const syn = segment(ends, { six: true });
  const wrong = (
    name: string,
    fields: Parameters<typeof frame6>[3],
    counted: Malformed["counted"],
    onLinux?: Malformed["counted"],
  ) => ({
    name: `IPv6: ${name}`,
    frames: [frame6(ends, Protocol.tcp, syn, fields)],
    counted,
    ...(onLinux === undefined ? {} : { onLinux }),
  });
  const headers = (name: string, next: number, packet: Buffer, counted: Malformed["counted"]): Malformed => ({
    name: `IPv6: ${name}`,
    frames: [frame6(ends, next, packet)],
    counted,
  });
  const fragment = (identification: number, offset: number, more: boolean, payload: Buffer): Buffer =>
    frame6(ends, Protocol.fragment, bytes(Protocol.udp, 0, word16(offset | (more ? 1 : 0)), word32(identification), payload));
  return [
    {
      name: "IPv6: half a header",
      frames: [ethernet(ends, 0x86dd, bytes(0x60, Array(19).fill(0)))],
      counted: { Ip6InHdrErrors: 1 },
    },
    wrong("version 4", { version: 4 }, { Ip6InHdrErrors: 1 }),
    wrong("longer than the frame", { length: 1000 }, { Ip6InTruncatedPkts: 1 }),
    wrong("from a group", { source: "ff02::1" }, { Ip6InHdrErrors: 1 }),
    wrong("from the loopback", { source: "::1" }, { Ip6InHdrErrors: 1 }),
    wrong("to the loopback", { destination: "::1" }, { Ip6InHdrErrors: 1 }),
    headers("a next header that nobody has", 200, Buffer.alloc(16), { Ip6InUnknownProtos: 1, Icmp6OutParmProblems: 1 }),
    headers("options longer than the packet", Protocol.hopByHop, bytes(Protocol.tcp, 30, Array(6).fill(1)), {
      Ip6InHdrErrors: 1,
    }),
    headers("an option that must be understood", Protocol.options, bytes(Protocol.none, 0, 0xbe, 4, [0, 0, 0, 0]), {
      Ip6InHdrErrors: 1,
      Icmp6OutParmProblems: 1,
    }),
    headers("a route through it", Protocol.routing, bytes(Protocol.tcp, 2, 0, 1, Array(20).fill(0)), {
      Ip6InHdrErrors: 1,
      Icmp6OutParmProblems: 1,
    }),
    {
      name: "IPv6: two fragments that overlap",
      frames: [fragment(1, 0, true, Buffer.alloc(64)), fragment(1, 32, true, Buffer.alloc(64))],
      counted: { Ip6ReasmReqds: 2, Ip6ReasmFails: 1 },
    },
    {
      name: "IPv6: a fragment of no multiple of eight",
      frames: [fragment(2, 0, true, Buffer.alloc(61))],
      counted: { Ip6ReasmReqds: 1, Ip6InHdrErrors: 1, Icmp6OutParmProblems: 1 },
    },
    {
      name: "IPv6: a fragment beyond the longest packet",
      frames: [fragment(3, 65528, false, Buffer.alloc(100))],
      counted: { Ip6ReasmReqds: 1, Ip6InHdrErrors: 1, Icmp6OutParmProblems: 1 },
    },
  ];
}

function ofTransports6(ends: Ends): Malformed[] {
  const six = { six: true };
  const udp = (name: string, packet: Buffer, counted: Malformed["counted"]): Malformed => ({
    name: `UDP over IPv6: ${name}`,
    frames: [frame6(ends, Protocol.udp, packet)],
    counted,
  });
  return [
    {
      name: "TCP over IPv6: a wrong checksum",
      frames: [frame6(ends, Protocol.tcp, segment(ends, { ...six, wrong: 1 }))],
      counted: { "Tcp.InErrs": 1, "Tcp.InCsumErrors": 1 },
    },
    {
      name: "TCP over IPv6: to a closed port",
      frames: [frame6(ends, Protocol.tcp, segment(ends, { ...six, to: CLOSED }))],
      counted: { "Tcp.OutRsts": 1 },
    },
    udp("shorter than its header", datagram(ends, { ...six, to: 8000, total: 7 }), { Udp6InErrors: 1 }),
    udp("a wrong checksum", datagram(ends, { ...six, to: 8000, wrong: 1 }), { Udp6InErrors: 1, Udp6InCsumErrors: 1 }),
    udp("no checksum", datagram(ends, { ...six, to: 8000, unchecked: true }), { Udp6InErrors: 1, Udp6InCsumErrors: 1 }),
    udp("to a closed port", datagram(ends, six), { Udp6NoPorts: 1, Icmp6OutDestUnreachs: 1 }),
  ];
}

function ofIcmp6(ends: Ends): Malformed[] {
  const message = (name: string, packet: Buffer, counted: Malformed["counted"]): Malformed => ({
    name: `ICMPv6: ${name}`,
    frames: [frame6(ends, Protocol.icmp6, packet)],
    counted,
  });
  /** Linux counts only that it came, among those that come by themselves all the time. */
  const discovery = (name: string, packet: Buffer, hops: number): Malformed => ({
    name: `neighbour discovery: ${name}`,
    frames: [frame6(ends, Protocol.icmp6, packet, { hops })],
    counted: { Icmp6InErrors: 1 },
    onLinux: {},
  });
  const target = [0, 0, 0, 0, ...addressBytes(ends.theirs.six)];
  return [
    message("a wrong checksum", icmp6(ends, 128, 0, ECHO, { wrong: 1 }), { Icmp6InErrors: 1, Icmp6InCsumErrors: 1 }),
    message("an echo", icmp6(ends, 128, 0, ECHO), { Icmp6InEchos: 1, Icmp6OutEchoReplies: 1 }),
    message("unreachable, without the packet", icmp6(ends, 1, 0, [0, 0, 0, 0]), { Icmp6InErrors: 1, Icmp6InDestUnreachs: 1 }),
    discovery("a solicitation from far away", icmp6(ends, 135, 0, target), 64),
    discovery("a solicitation with half an option", icmp6(ends, 135, 0, [...target, 1, 9]), 255),
    discovery("a solicitation for IPv4", icmp6(ends, 135, 0, [...target.slice(0, 4), ...MAPPED]), 255),
    discovery("an advertisement that is too short", icmp6(ends, 136, 0, [0, 0, 0, 0]), 255),
  ];
}
