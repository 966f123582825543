// The DHCP client against a server made here: RFC 2131, 3.1 (four messages), 4.4.5 (renewal, rebinding, the end of a lease), lost messages.

import { print } from "prelude/host.ts";
import { Errno } from "../../lib/errno.ts";
import { type IpAddress, ipv4, ipv4Of, isSameAddress, loadIpv4, storeIpv4 } from "../address.ts";
import { load32, store32 } from "../byte_order.ts";
import { DhcpClient, type DhcpOwner, DhcpState } from "../dhcp/client.ts";
import type { DhcpReply } from "../dhcp/message.ts";
import { DeviceFeature } from "../link_device.ts";
import type { PacketBuffer } from "../packet.ts";
import { Path } from "../path.ts";
import { connectHosts, destroyHost, type Host, makeHost, type PacketReceiver } from "../simulation/host.ts";
import { type Actor, Wire } from "../simulation/wire.ts";
import { Datagram, parseDatagram, prependUdp } from "../udp.ts";

const SECOND = 1_000_000_000;

class Server implements PacketReceiver, DhcpOwner {
  discovers: u32 = 0;
  requests: u32 = 0;
  unicasts: u32 = 0;
  refuses = false;
  silent = false;
  began: u32 = 0;
  ended: u32 = 0;

  leaseBegan(client: DhcpClient, reply: DhcpReply): void {
    this.began++;
    assert(reply.nameServerCount === 2 && isSameAddress(reply.nameServers[1], ipv4Of(192, 0, 2, 54)), "name servers");
    assert(reply.domainLength === 4 && reply.domain[0] === 116, "the domain");
  }

  leaseEnded(client: DhcpClient): void {
    this.ended++;
  }

  receivePacket(host: Host, packet: PacketBuffer, now: u64): void {
    const datagram = new Datagram();
    if (packet.protocol !== 17 || !parseDatagram(packet, datagram, host.environment.counts) || datagram.destinationPort !== 67) {
      packet.release();
      return;
    }
    const data = packet.bytes();
    assert(data[240] === 53, "the message type comes first");
    const isDiscover = data[242] === 1;
    if (isDiscover) this.discovers++;
    else this.requests++;
    const client = loadIpv4(data, 12);
    if (u32(client.low) !== 0 && !packet.isBroadcast) this.unicasts++;
    if (!this.silent) this.answer(host, data, isDiscover ? 2 : this.refuses ? 6 : 5, client, now);
    packet.release();
  }

  private answer(host: Host, request: Slice<u8>, type: u8, client: IpAddress, now: u64): void {
    const reply = host.environment.heap.allocatePacket(300)!;
    const data = reply.extend(300);
    data.fill(0);
    data[0] = 2;
    data[1] = 1;
    data[2] = 6;
    store32(data, 4, load32(request, 4));
    storeIpv4(data, 16, ipv4Of(192, 0, 2, 9));
    data.slice(28, 34).copyFrom(request.slice(28, 34));
    store32(data, 236, 0x6382_5363);
    const options: FixedArray<u8, 52> = [
      53, 1, 0, 54, 4, 192, 0, 2, 1, 1, 4, 255, 255, 255, 0, 3, 4, 192, 0, 2, 1, 6, 8, 192, 0, 2, 53, 192, 0, 2, 54, 51, 4, 0, 0,
      14, 16, 15, 4, 116, 101, 115, 116, 26, 2, 5, 120, 0, 0, 0, 0, 255,
    ];
    options[2] = type;
    data.slice(240, 292).copyFrom(options.slice());
    const path = new Path();
    const hasClient = u32(client.low) !== 0;
    path.destination = hasClient ? client : ipv4(0xffff_ffff);
    path.dontFragment = false;
    path.boundInterface = 2;
    host.network.resolve(path, now);
    prependUdp(reply, path, 67, 68);
    host.network.sendSlow(path, reply, 17, now);
  }
}

class ClientActor implements Actor {
  readonly client: DhcpClient;
  constructor(client: DhcpClient) {
    this.client = client;
  }
  actorDeadline(): u64 {
    return this.client.deadline();
  }
  act(now: u64): void {
    this.client.timer(now);
  }
}

const server = new Server();

/** Asked anew each time: the checker must not believe that it stays. */
function stateOf(client: DhcpClient): DhcpState {
  return client.state;
}

function testLease(lossy: boolean): void {
  server.discovers = 0;
  server.requests = 0;
  server.unicasts = 0;
  server.began = 0;
  server.ended = 0;
  server.silent = false;
  const a = makeHost(0x0200_0000_0001, DeviceFeature.None, 1500);
  const b = makeHost(0x0200_0000_0002, DeviceFeature.None, 1500);
  connectHosts(a, b, 3);
  a.begin(ipv4Of(192, 0, 2, 1), 24);
  b.network.addInterface(b.local);
  b.network.addInterface(b.card);
  a.receiver = server;
  const client = create(DhcpClient, b.network, b.card)!;
  client.owner = server;
  const actor = create(ClientActor, client)!;
  const wire = create(Wire, a, b)!;
  wire.add(actor);
  if (lossy) {
    // The first offer and the first acknowledgment are lost.
    a.link.faults.lostFrames = 5;
  }
  client.start(wire.now);
  wire.runUntil(wire.now + 30 * SECOND);
  assert(stateOf(client) === DhcpState.Bound && server.began === 1, "RFC 2131, 3.1: a lease");
  assert(
    server.discovers === (lossy ? u32(2) : u32(1)) && server.requests === (lossy ? u32(2) : u32(1)),
    "as few messages as can be",
  );
  assert(b.network.findLocal(ipv4Of(192, 0, 2, 9)) === b.card && b.card.maximumPacket === 1400, "address and MTU are set");
  const path = new Path();
  path.destination = ipv4Of(198, 51, 100, 3);
  assert(b.network.resolve(path, wire.now) === Errno.NONE && isSameAddress(path.nextHop, ipv4Of(192, 0, 2, 1)), "the router");
  // Half of an hour later it is renewed, by a message to the server alone.
  wire.runUntil(wire.now + 1900 * SECOND);
  assert(stateOf(client) === DhcpState.Bound && server.began === 2 && server.unicasts === 1, "RFC 2131, 4.4.5: renewed");
  // Nobody answers any more: renewing, rebinding, and then the address is given up.
  server.silent = true;
  wire.runUntil(wire.now + 1800 * SECOND);
  assert(stateOf(client) === DhcpState.Renewing && server.ended === 0, "still ours");
  wire.runUntil(wire.now + 1400 * SECOND);
  assert(stateOf(client) === DhcpState.Rebinding && server.ended === 0, "RFC 2131, 4.4.5: any server is asked");
  wire.runUntil(wire.now + 800 * SECOND);
  assert(stateOf(client) === DhcpState.Selecting && server.ended === 1, "the lease is over");
  assert(b.network.findLocal(ipv4Of(192, 0, 2, 9)) === null, "and with it the address");
  server.silent = false;
  wire.runUntil(wire.now + 100 * SECOND);
  assert(stateOf(client) === DhcpState.Bound, "and begins again");
  a.link.clear();
  b.link.clear();
  destroy(client);
  destroy(actor);
  destroyHost(a);
  destroyHost(b);
  destroy(wire);
}

/** @export main */
export function main(): i32 {
  testLease(false);
  testLease(true);
  print("DHCP: leases, renewal, rebinding, loss");
  return 0;
}
