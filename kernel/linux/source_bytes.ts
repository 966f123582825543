// The bytes of a file that can be mapped, read through its pages where they lie.

import { sliceAt } from "unsafe";
import { physicalToVirtual } from "../arch/x86_64/paging.ts";
import { PAGE_SIZE } from "../mm/area.ts";
import { releaseFrame } from "../mm/frames.ts";
import { PagePurpose, type PageSource } from "../mm/page_source.ts";

/** Copies bytes of a source, as many as there are from an offset on. Thread context. @returns how many */
export function readSourceBytes(source: PageSource, offset: u64, into: Slice<u8>): usize {
  const size = source.sourceLength();
  let done: usize = 0;
  while (done < into.length && offset < size && done < size - offset) {
    const place = offset + done;
    const inPage = place % PAGE_SIZE;
    const length = minimum(minimum(PAGE_SIZE - inPage, into.length - done), size - place);
    const frame = source.pageAt(place / PAGE_SIZE, PagePurpose.Read);
    if (u64(frame) === 0) return done;
    // Safe: the frame is a page that this reference keeps until it is released below.
    into.slice(done, done + length).copyFrom(sliceAt<u8>(physicalToVirtual(frame) + inPage, length));
    releaseFrame(frame);
    done += length;
  }
  return done;
}
