// The hash of connections: no choice of addresses and ports that an outside host can make fills one chain of the table.

import { print } from "prelude/host.ts";
import { type IpAddress, ipv4, ipv4Of, ipv6 } from "../address.ts";
import { hashConnection, setConnectionSecret } from "../tcp/connection.ts";

const CHAINS = 4096;
const COUNT = 16384;
/** Of 16,384 in 4,096 chains by chance: more than this in one has a probability below 10^-6. */
const LONGEST = 22;
const NETWORK = 0x2001_0db8_0000_0001;

class Chains {
  readonly lengths!: FixedArray<u32, 4096>;
}

const chains = new Chains();

/** The longest chain of what `choose` gives. */
function longest(choose: (index: u64) => u64): u32 {
  chains.lengths.fill(0);
  for (let i: u64 = 0; i < COUNT; i++) chains.lengths[choose(i) % CHAINS]++;
  let most: u32 = 0;
  for (const length of chains.lengths) most = maximum(most, length);
  return most;
}

function ofSix(low: u64, port: u64): u64 {
  const own: IpAddress = ipv6(NETWORK, 1);
  return hashConnection(own, 80, ipv6(NETWORK, low), u16(port));
}

/** @export main */
export function main(): i32 {
  setConnectionSecret(0x1234_5678_9abc_def1);
  const own = ipv4Of(192, 0, 2, 1);
  assert(longest((i) => hashConnection(own, 80, ipv4(0xc633_6401), u16(i))) <= LONGEST, "one host, all ports");
  assert(longest((i) => hashConnection(own, 80, ipv4(u32(0xc633_0000 + i)), 1024)) <= LONGEST, "all hosts, one port");
  assert(longest((i) => ofSix(i << 48, 1024)) <= LONGEST, "high bits of an address");
  assert(longest((i) => ofSix(i << 32, i)) <= LONGEST, "an address that makes up for its port, in the upper half");
  assert(longest((i) => ofSix(i, i)) <= LONGEST, "and in the lower one");
  const before = ofSix(1, 1);
  setConnectionSecret(0x1234_5678_9abc_def2);
  assert(ofSix(1, 1) !== before, "it depends on the secret");
  print("connection hash: no chain that somebody chooses");
  return 0;
}
