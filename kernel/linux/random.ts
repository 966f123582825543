// getrandom(2). The generator (fs/random.ts) is seeded at its first use, so no flag ever makes a difference.

import { TRANSFER_MAX } from "../fs/abi.ts";
import { IoBuffer } from "../fs/io_buffer.ts";
import { giveRandom } from "../fs/random.ts";
import { Errno, errorCode } from "../lib/errno.ts";

const GRND_RANDOM = 2;
const GRND_INSECURE = 4;
const GRND_KNOWN = 7;

/** getrandom(2) */
export function sysGetrandom(address: u64, length: u64, flags: u64): i64 {
  const given = u32(flags);
  if ((given & ~u32(GRND_KNOWN)) !== 0) return errorCode(Errno.INVAL);
  if ((given & (GRND_RANDOM | GRND_INSECURE)) === (GRND_RANDOM | GRND_INSECURE)) return errorCode(Errno.INVAL);
  if (length === 0) return 0;
  const buffer = new IoBuffer(address, minimum(length, u64(TRANSFER_MAX)));
  const count = giveRandom(buffer);
  return count === 0 ? errorCode(Errno.FAULT) : i64(count);
}
