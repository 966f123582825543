// get_mempolicy(2), set_mempolicy(2), mbind(2): from which node memory comes. There is one node, so a policy changes nothing; it is
// checked, kept and told as Linux does. include/uapi/linux/mempolicy.h.
// What mbind says is kept for whole calls only: the last range of each kind of policy is not remembered for parts of it.

import { Errno, errorCode } from "../lib/errno.ts";
import { failure, type Result, success } from "../lib/result.ts";
import { isMapped } from "../mm/advice.ts";
import { PAGE_SIZE } from "../mm/area.ts";
import { APPLICATION_END, readUser64, type UserPointer, writeUser32, writeUser64 } from "../mm/user_memory.ts";
import { boundPolicy, rememberPolicy } from "./bound_memory.ts";

export const enum MemoryPolicy {
  Default = 0,
  Preferred = 1,
  Bind = 2,
  Interleave = 3,
  Local = 4,
  PreferredMany = 5,
  WeightedInterleave = 6,
}
/** MPOL_F_STATIC_NODES, MPOL_F_RELATIVE_NODES, MPOL_F_NUMA_BALANCING. */
const MODE_FLAGS = 0xe000;

const enum Query {
  Node = 1,
  Address = 2,
  Allowed = 4,
}
/** MPOL_MF_STRICT, MPOL_MF_MOVE, MPOL_MF_MOVE_ALL. */
const BIND_FLAGS = 7;
const NODE_BITS = 1024;

/** The policy of the process, and whether it names the node. */
let policy: MemoryPolicy = MemoryPolicy.Default;
let nodes: u64 = 0;

/** set_mempolicy(2) */
export function sysSetMempolicy(mode: u64, address: u64, most: u64): i64 {
  const named = readNodes(address, most);
  if (!named.ok) return errorCode(named.error);
  const wanted = (u32(mode) & ~u32(MODE_FLAGS)) as MemoryPolicy;
  const error = checkPolicy(wanted, named.value);
  if (error !== Errno.NONE) return errorCode(error);
  const isLocal = wanted === MemoryPolicy.Preferred && named.value === 0;
  policy = isLocal ? MemoryPolicy.Local : wanted;
  nodes = named.value;
  return 0;
}

/** get_mempolicy(2) */
export function sysGetMempolicy(modeAddress: u64, nodesAddress: u64, most: u64, address: u64, flags: u64): i64 {
  const query = u32(flags);
  if ((query & ~u32(Query.Node | Query.Address | Query.Allowed)) !== 0) return errorCode(Errno.INVAL);
  if (nodesAddress !== 0 && most < 1) return errorCode(Errno.INVAL);
  if ((query & Query.Allowed) !== 0) {
    if ((query & ~u32(Query.Allowed)) !== 0) return errorCode(Errno.INVAL);
    return errorCode(writeNodes(nodesAddress, most, 1));
  }
  let told = u32(policy);
  let toldNodes = nodes;
  if ((query & Query.Address) !== 0) {
    if (!isMapped(address & ~u64(PAGE_SIZE - 1), (address & ~u64(PAGE_SIZE - 1)) + PAGE_SIZE)) return errorCode(Errno.FAULT);
    const bound = boundPolicy(address);
    if (bound !== 0) {
      told = bound - 1;
      toldNodes = 1;
    }
  } else if (address !== 0) {
    return errorCode(Errno.INVAL);
  }
  if ((query & Query.Node) !== 0) {
    if ((query & Query.Address) === 0 && policy !== MemoryPolicy.Interleave) return errorCode(Errno.INVAL);
    told = 0; // the node's number
  }
  if (modeAddress !== 0) {
    const error = writeUser32(modeAddress as UserPointer, told);
    if (error !== Errno.NONE) return errorCode(error);
  }
  return errorCode(writeNodes(nodesAddress, most, toldNodes));
}

/** mbind(2) */
export function sysMbind(address: u64, length: u64, mode: u64, nodesAddress: u64, most: u64, flags: u64): i64 {
  const named = readNodes(nodesAddress, most);
  if (!named.ok) return errorCode(named.error);
  const wanted = (u32(mode) & ~u32(MODE_FLAGS)) as MemoryPolicy;
  if ((u32(flags) & ~u32(BIND_FLAGS)) !== 0 || address % PAGE_SIZE !== 0) return errorCode(Errno.INVAL);
  const error = checkPolicy(wanted, named.value);
  if (error !== Errno.NONE) return errorCode(error);
  const end = address + ((length + (PAGE_SIZE - 1)) & ~u64(PAGE_SIZE - 1));
  if (end < address || end > APPLICATION_END) return errorCode(Errno.INVAL);
  if (end === address) return 0;
  if (!isMapped(address, end)) return errorCode(Errno.FAULT);
  return errorCode(rememberPolicy(address, end, wanted === MemoryPolicy.Default ? 0 : u32(wanted) + 1));
}

function checkPolicy(wanted: MemoryPolicy, named: u64): Errno {
  switch (wanted) {
    case MemoryPolicy.Default:
    case MemoryPolicy.Local:
      return named === 0 ? Errno.NONE : Errno.INVAL;
    case MemoryPolicy.Preferred:
      return (named & ~u64(1)) === 0 ? Errno.NONE : Errno.INVAL;
    case MemoryPolicy.Bind:
    case MemoryPolicy.Interleave:
    case MemoryPolicy.PreferredMany:
    case MemoryPolicy.WeightedInterleave:
      return named === 1 ? Errno.NONE : Errno.INVAL;
    default:
      return Errno.INVAL;
  }
}

/** The nodes of a mask, as far as the first word says; others must not be there. `most` is one more than its bits, as on Linux. */
function readNodes(address: u64, most: u64): Result<u64> {
  if (address === 0 || most <= 1) return success<u64>(0);
  const bits = most - 1;
  if (bits > NODE_BITS * 32) return failure<u64>(Errno.INVAL);
  let first: u64 = 0;
  for (let word: u64 = 0; word * 64 < bits; word++) {
    const value = readUser64((address + word * 8) as UserPointer);
    if (!value.ok) return failure<u64>(Errno.FAULT);
    const left = bits - word * 64;
    const mask = left >= 64 ? ~u64(0) : (u64(1) << left) - 1;
    if (word === 0) first = value.value & mask;
    else if ((value.value & mask) !== 0) return failure<u64>(Errno.INVAL);
  }
  return success(first);
}

function writeNodes(address: u64, most: u64, mask: u64): Errno {
  if (address === 0) return Errno.NONE;
  const words = (minimum(most, u64(NODE_BITS)) + 63) / 64;
  for (let word: u64 = 0; word < words; word++) {
    const error = writeUser64((address + word * 8) as UserPointer, word === 0 ? mask : 0);
    if (error !== Errno.NONE) return error;
  }
  return Errno.NONE;
}
