// Which word of memory a futex is. A private one is told by its address. A shared one in a shared mapping of a file is the
// word of the file, under whatever address it is mapped; in other memory it is told by its address as well, but is another one.

import { space } from "../mm/address_space.ts";
import { type Area, AreaFlag } from "../mm/area.ts";
import { APPLICATION_END } from "../mm/user_memory.ts";

/** `domain` is 0 for private words, 1 for shared ones in memory without a file, else it stands for the file. */
export type FutexKey = { readonly word: u64; readonly domain: u64 };

/** A word that is an address where nothing can be: an answer, no key. */
const NOWHERE = 1;

/** @inline */
export function privateKey(address: u64): FutexKey {
  return { word: address, domain: 0 };
}

/** The key of a word; `isNowhere` says when there is no memory at a shared one. Takes the lock of the address space. */
export function keyOf(address: u64, isPrivate: boolean): FutexKey {
  if (address >= APPLICATION_END) return { word: NOWHERE, domain: 0 };
  return isPrivate ? privateKey(address) : sharedKey(address);
}

/** The key of a shared word: what the kernel wakes when a thread ends. */
export function sharedKey(address: u64): FutexKey {
  using _ = space.lock.acquire();
  const area = space.areas.holding(address);
  if (area === null) return { word: NOWHERE, domain: 0 };
  const file = fileOf(area);
  if (file === 0) return { word: address, domain: 1 };
  return { word: area.offset + (address - area.start), domain: file + 1 };
}

/** Whether there is no memory at the address that a key was made of. */
export function isNowhere(key: FutexKey): boolean {
  return key.word === NOWHERE;
}

/** Whether two keys are one word. @inline */
export function isSame(a: FutexKey, b: FutexKey): boolean {
  return a.word === b.word && a.domain === b.domain;
}

/** The number of the file that a shared area shows; 0 for other areas. */
function fileOf(area: Area): u64 {
  const source = area.source;
  return source === null || (area.flags & AreaFlag.Shared) === 0 ? 0 : source.sourceInode();
}
