// Who gets a segment: the most specific listener, dual stack, SO_REUSEPORT; which listeners exclude each other.

import { print } from "prelude/host.ts";
import { type IpAddress, ipv4, ipv4Of, ipv6, unspecified6 } from "../address.ts";
import { DeviceFeature } from "../link_device.ts";
import { endRun, makeRun, type TcpRun } from "../simulation/tcp_run.ts";
import { Listener } from "../tcp/listener.ts";
import { ListenerTable } from "../tcp/listener_table.ts";

const table = new ListenerTable();

function listener(run: TcpRun, address: IpAddress, port: u16): Listener {
  const made = create(Listener, run.a.host.environment, run.a.host, run.a.listener.secrets)!;
  made.localAddress = address;
  made.localPort = port;
  return made;
}

function find(local: IpAddress, port: u16, remotePort: u16): Listener | null {
  return table.find(local, port, ipv4Of(192, 0, 2, 9), remotePort, 2);
}

/** @export main */
export function main(): i32 {
  const run = makeRun(1, DeviceFeature.None, DeviceFeature.None, 1500, false);
  const here = ipv4Of(192, 0, 2, 1);
  const six = listener(run, unspecified6(), 80);
  table.insert(six);
  assert(find(here, 80, 1) === six && find(here, 81, 1) === null, ":: takes IPv4");
  six.onlySix = true;
  assert(find(here, 80, 1) === null && find(ipv6(1, 1), 80, 1) === six, "unless IPV6_V6ONLY");
  const any = listener(run, ipv4(0), 80);
  assert(!table.conflicts(any), "0.0.0.0 beside such a one");
  six.onlySix = false;
  assert(table.conflicts(any), "but not beside a dual one");
  table.insert(any);
  const exact = listener(run, here, 80);
  assert(table.conflicts(exact), "an address is part of any address");
  table.insert(exact);
  assert(find(here, 80, 1) === exact && find(ipv4Of(192, 0, 2, 2), 80, 1) === any, "the most specific one");
  const twin = listener(run, here, 80);
  twin.reusePort = true;
  assert(table.conflicts(twin), "both have to say so");
  exact.reusePort = true;
  table.insert(twin);
  let shares: u32 = 0;
  for (let port: u16 = 1; port < 1001; port++) {
    const chosen = find(here, 80, port);
    assert(chosen === find(here, 80, port), "always the same for a peer");
    if (chosen === twin) shares++;
  }
  assert(shares > 400 && shares < 600, "SO_REUSEPORT shares evenly");
  table.remove(six);
  table.remove(any);
  table.remove(exact);
  table.remove(twin);
  destroy(six);
  destroy(any);
  destroy(exact);
  destroy(twin);
  endRun(run);
  print("listeners: specific, dual, shared");
  return 0;
}
