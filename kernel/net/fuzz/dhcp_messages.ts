// Replies of DHCP servers under a fuzzer, as a Linux program: nothing outside the message is read, and a client that believes them
// stays in one of its states.

import "prelude/host.ts";
import { sliceAt } from "unsafe";
import { store32, store48 } from "../byte_order.ts";
import { DhcpClient, DhcpState } from "../dhcp/client.ts";
import { DhcpReply } from "../dhcp/message.ts";
import { DeviceFeature } from "../link_device.ts";
import { connectHosts, destroyHost, makeHost } from "../simulation/host.ts";

const SECOND = 1_000_000_000;

/**
 * One input of libFuzzer: a message, or two of the same length.
 * @export LLVMFuzzerTestOneInput
 */
export function fuzzDhcp(data: u64, size: u64): i32 {
  // Safe: the fuzzer gives `size` readable bytes at `data`.
  const input = sliceAt<u8>(data, size);
  const reply = new DhcpReply();
  if (reply.parse(input)) {
    assert(reply.nameServerCount <= 3 && reply.domainLength <= 255 && reply.hostNameLength <= 63, "as much as there is room for");
  }
  if (size < 480) return 0;
  const host = makeHost(0x0200_0000_0001, DeviceFeature.None, 1500);
  const peer = makeHost(0x0200_0000_0002, DeviceFeature.None, 1500);
  connectHosts(host, peer, 1);
  host.network.addInterface(host.local);
  host.network.addInterface(host.card);
  const client = create(DhcpClient, host.network, host.card)!;
  client.start(SECOND);
  const half = size / 2;
  const copy = createArray<u8>(half)!;
  for (let part: u64 = 0; part < 2; part++) {
    copy.copyFrom(input.slice(part * half, (part + 1) * half));
    store32(copy, 4, client.transactionNumber());
    store48(copy, 28, 0x0200_0000_0001);
    client.receiveConfiguration(host.card, copy, SECOND * (part + 2));
  }
  for (let step: u64 = 1; step < 20; step++) client.timer(step * 1000 * SECOND);
  assert(client.state !== DhcpState.Stopped, "it goes on");
  destroyArray(copy);
  host.link.clear();
  destroy(client);
  destroyHost(host);
  destroyHost(peer);
  return 0;
}
