// Which ports are given to who does not choose, and which of several sockets that share a port gets a packet.

/** net.ipv4.ip_local_port_range */
const FIRST_CHOSEN = 32768;
const LAST_CHOSEN = 60999;

/** The ports to choose from: the first, and how many. @param range what IP_LOCAL_PORT_RANGE says: first in the lower half, last above */
export function chosenPorts(range: u32): [u64, u64] {
  const low = u64(range & 0xffff);
  const high = u64(range >> 16);
  const first = low >= FIRST_CHOSEN && low <= LAST_CHOSEN ? low : FIRST_CHOSEN;
  const last = high >= FIRST_CHOSEN && high <= LAST_CHOSEN ? high : LAST_CHOSEN;
  return first <= last ? [first, last - first + 1] : [FIRST_CHOSEN, LAST_CHOSEN - FIRST_CHOSEN + 1];
}

/** A number below a count, as evenly as hashes are spread. */
export function pick(hash: u64, count: u64): u64 {
  return ((hash >> 32) * count) >> 32;
}
