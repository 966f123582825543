// The vDSO in the application's address space: the clock's page, and after it the image that reads it (arch/x86_64/vdso.S).
//
//   [vvar]  readable               the kernel's ClockPage, where the clock keeps its numbers
//   [vdso]  readable, executable   the image, where it lies in the kernel
//
// Both are pages of the kernel's own image: mapped where they are, copied for nobody, and never freed, so there is nothing
// to count. The application cannot write them; if it makes them writable it gets copies, as with any private mapping.

import { addressOf } from "unsafe";
import { clockPage } from "../arch/x86_64/clock.ts";
import { type PhysicalAddress, virtualToPhysical } from "../arch/x86_64/paging.ts";
import { Errno } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import { mapArea, unmapRange } from "../mm/address_space.ts";
import { AreaFlag, PAGE_SIZE, Protection } from "../mm/area.ts";
import { copySourceName, type PagePurpose, type PageSource } from "../mm/page_source.ts";

/** @extern vdso_image */
declare function vdsoImage(): void;

/** One page of the kernel's image. */
class KernelPage implements PageSource {
  /** Where the kernel has it. */
  address: u64 = 0;
  isClock = false;

  pageAt(index: u64, _purpose: PagePurpose): PhysicalAddress {
    return index === 0 ? virtualToPhysical(this.address) : (0 as PhysicalAddress);
  }

  sourceLength(): u64 {
    return PAGE_SIZE;
  }

  punchSource(_offset: u64, _length: u64): Errno {
    return Errno.OPNOTSUPP;
  }

  sourceInode(): u64 {
    return 0;
  }

  sourcePath(path: Slice<u8>): usize {
    return copySourceName(this.isClock ? "[vvar]" : "[vdso]", path);
  }

  retainSource(): void {}

  releaseSource(): void {}
}

const clock = new KernelPage();
const image = new KernelPage();

/** Maps both pages; gives the image's address for AT_SYSINFO_EHDR, or 0 when there is no room: programs do without. */
export function mapVdso(): u64 {
  clock.address = addressOf(clockPage());
  clock.isClock = true;
  image.address = addressOf(vdsoImage);
  // The clock's area is made as long as both, so that the image can take the place of its second page.
  const place = mapArea(0, 2 * PAGE_SIZE, u32(Protection.Read), 0, clock, 0);
  if (place.ok) {
    const address = place.value + PAGE_SIZE;
    const mapped = mapArea(address, PAGE_SIZE, Protection.Read | Protection.Execute, u32(AreaFlag.Fixed), image, 0);
    if (mapped.ok) return address;
    unmapRange(place.value, 2 * PAGE_SIZE);
  }
  logOnce("vdso", "there is no room for the vDSO: clocks are read by system calls");
  return 0;
}
