// What becomes of a received ARP packet (RFC 826, "Packet Reception").

import type { EthernetAddress } from "./address.ts";
import { isUnspecified } from "./address.ts";
import { ArpMessage, ArpOperation, makeArp, parseArp } from "./arp.ts";
import { Counter } from "./counters.ts";
import type { NetworkInterface } from "./interface.ts";
import type { Network } from "./network.ts";
import type { PacketBuffer } from "./packet.ts";

/** Takes the packet, which begins with the ARP header. */
export function receiveArp(network: Network, from: NetworkInterface, packet: PacketBuffer, now: u64): void {
  const counters = network.environment.counters();
  const message = new ArpMessage();
  if (!parseArp(packet.bytes(), message)) {
    counters.count(Counter.LinkArpInErrors);
    packet.release();
    return;
  }
  packet.release();
  const isReply = message.operation === ArpOperation.Reply;
  counters.count(isReply ? Counter.LinkArpInReplies : Counter.LinkArpInRequests);
  const isForUs = from.findAddress(message.target) !== null;
  // Our own address from another station: defended by answering, never learned (RFC 5227, 2.4).
  const isOurs = from.findEntry(message.sender) !== null;
  if (!isUnspecified(message.sender) && !isOurs && message.senderHardware !== from.device.hardwareAddress()) {
    // Who asks for us will be answered soon: worth an entry. Who answers a question that we never asked is not.
    from.neighbours.learn(message.sender, message.senderHardware, isReply && isForUs, true, isForUs && !isReply, now);
  }
  if (isReply || !isForUs) return;
  const hardware = from.device.hardwareAddress();
  const to: EthernetAddress = message.senderHardware;
  const reply = makeArp(network.environment.memory(), ArpOperation.Reply, hardware, message.target, to, message.sender, to);
  if (reply === null) return;
  counters.count(Counter.LinkArpOutReplies);
  network.handOver(from, reply);
}
