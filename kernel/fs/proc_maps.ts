// /proc/self/maps, smaps and smaps_rollup: what is mapped, and how much of it is in memory (proc(5)).

import type { Writer } from "prelude/writer.ts";
import { AreaFlag, HUGE_PAGE_SIZE, PAGE_SIZE, Protection } from "../mm/area.ts";
import { AreaDescription, describeArea } from "../mm/area_list.ts";
import { countResident, Residence } from "../mm/resident.ts";
import { writeHexadecimal } from "./digits.ts";

/** What is done with each area, in the order of addresses. */
type AreaVisitor = (area: AreaDescription) => void;

/** Visits all areas. What changes meanwhile is seen or not. Nothing happens without memory. */
export function eachArea(visit: AreaVisitor): void {
  const description = create(AreaDescription);
  if (description === null) return;
  for (let address: u64 = 0; describeArea(address, description); address = description.end) visit(description);
  destroy(description);
}

export function writeMaps(writer: Writer, subject: u32): void {
  eachArea((area) => writeArea(writer, area));
}

function writeArea(writer: Writer, area: AreaDescription): void {
  const start = writer.length;
  writeHexadecimal(writer, area.start, 8, true);
  writer.text("-");
  writeHexadecimal(writer, area.end, 8, true);
  writer.text((area.protection & Protection.Read) !== 0 ? " r" : " -");
  writer.text((area.protection & Protection.Write) !== 0 ? "w" : "-");
  writer.text((area.protection & Protection.Execute) !== 0 ? "x" : "-");
  writer.text((area.flags & AreaFlag.Shared) !== 0 ? "s " : "p ");
  writeHexadecimal(writer, area.offset, 8, true);
  // The file system's device: all mapped files are of the memory file systems.
  writer.message(` 00:${area.inode === 0 ? "00" : "12"} ${area.inode} `);
  const label = labelOf(area);
  if (label.length > 0) {
    while (writer.length < start + 73 && !writer.overflowed) writer.text(" ");
    writer.bytes(label);
  }
  writer.text("\n");
}

function labelOf(area: AreaDescription): Slice<u8> {
  if (area.pathLength > 0) return area.path.slice(0, area.pathLength);
  if ((area.flags & AreaFlag.Heap) !== 0) return bytes("[heap]");
  if ((area.flags & AreaFlag.GrowsDown) !== 0) return bytes("[stack]");
  return bytes("");
}

// ---- smaps ----------------------------------------------------------------------------------------------------------

/** The amounts of one area, or of several together. Bytes. */
class Amounts {
  resident: u64 = 0;
  privateDirty: u64 = 0;
  privateClean: u64 = 0;
  sharedDirty: u64 = 0;
  anonymous: u64 = 0;
  huge: u64 = 0;
  locked: u64 = 0;

  /**
   * Adds what an area has in memory. One process maps it, so all is private but what a shared mapping writes; pages of a
   * file that were not copied are clean.
   */
  add(area: AreaDescription): void {
    const residence = new Residence();
    countResident(area.start, area.end, residence);
    const resident = residence.pages * PAGE_SIZE;
    const own = residence.own * PAGE_SIZE;
    this.resident += resident;
    this.huge += residence.huge * PAGE_SIZE;
    if ((area.flags & AreaFlag.Locked) !== 0) this.locked += resident;
    if ((area.flags & AreaFlag.Shared) !== 0) {
      this.sharedDirty += own;
      this.privateClean += resident - own;
      return;
    }
    this.privateDirty += own;
    this.privateClean += resident - own;
    this.anonymous += area.inode === 0 ? resident : own;
  }

  write(writer: Writer): void {
    line(writer, "Rss:            ", this.resident);
    line(writer, "Pss:            ", this.resident);
    line(writer, "Pss_Dirty:      ", this.privateDirty + this.sharedDirty);
    line(writer, "Shared_Clean:   ", 0);
    line(writer, "Shared_Dirty:   ", this.sharedDirty);
    line(writer, "Private_Clean:  ", this.privateClean);
    line(writer, "Private_Dirty:  ", this.privateDirty);
    line(writer, "Referenced:     ", this.resident);
    line(writer, "Anonymous:      ", this.anonymous);
    line(writer, "KSM:            ", 0);
    line(writer, "LazyFree:       ", 0);
    line(writer, "AnonHugePages:  ", this.huge);
    line(writer, "ShmemPmdMapped: ", 0);
    line(writer, "FilePmdMapped:  ", 0);
    line(writer, "Shared_Hugetlb: ", 0);
    line(writer, "Private_Hugetlb:", 0);
    line(writer, "Swap:           ", 0);
    line(writer, "SwapPss:        ", 0);
    line(writer, "Locked:         ", this.locked);
  }
}

function line(writer: Writer, name: string, amount: u64): void {
  writer.message(`${name}${padded(amount / 1024, 8)} kB\n`);
}

export function writeDetailedMaps(writer: Writer, subject: u32): void {
  eachArea((area) => {
    writeArea(writer, area);
    line(writer, "Size:           ", area.end - area.start);
    line(writer, "KernelPageSize: ", PAGE_SIZE);
    line(writer, "MMUPageSize:    ", PAGE_SIZE);
    const amounts = new Amounts();
    amounts.add(area);
    amounts.write(writer);
    const isEligible = area.inode === 0 && (area.flags & AreaFlag.NoHuge) === 0 && area.end - area.start >= HUGE_PAGE_SIZE;
    writer.text(isEligible ? "THPeligible:           1\nVmFlags: " : "THPeligible:           0\nVmFlags: ");
    writeFlags(writer, area);
    writer.text("\n");
  });
}

/** The two-letter words of fs/proc/task_mmu.c, as far as they say something here. */
function writeFlags(writer: Writer, area: AreaDescription): void {
  if ((area.protection & Protection.Read) !== 0) writer.text("rd ");
  if ((area.protection & Protection.Write) !== 0) writer.text("wr ");
  if ((area.protection & Protection.Execute) !== 0) writer.text("ex ");
  if ((area.flags & AreaFlag.Shared) !== 0) writer.text("sh ");
  writer.text((area.flags & AreaFlag.WriteDenied) !== 0 ? "mr me " : "mr mw me ");
  if ((area.flags & AreaFlag.Shared) !== 0) writer.text("ms ");
  if ((area.flags & AreaFlag.GrowsDown) !== 0) writer.text("gd ");
  if ((area.flags & AreaFlag.Locked) !== 0) writer.text("lo ");
  if ((area.flags & AreaFlag.NoReserve) !== 0) writer.text("nr ");
  if ((area.flags & AreaFlag.NoHuge) !== 0) writer.text("nh ");
  if ((area.flags & AreaFlag.Huge) !== 0) writer.text("hg ");
}

export function writeMapsSummary(writer: Writer, subject: u32): void {
  const amounts = new Amounts();
  const range = new Range();
  eachArea((area) => {
    if (range.end === 0) range.start = area.start;
    range.end = area.end;
    amounts.add(area);
  });
  writeHexadecimal(writer, range.start, 8, true);
  writer.text("-");
  writeHexadecimal(writer, range.end, 8, true);
  writer.text(" ---p 00000000 00:00 0                          [rollup]\n");
  amounts.write(writer);
}

class Range {
  start: u64 = 0;
  end: u64 = 0;
}

/** Memory of the process by what it is for, as /proc/self/status has it. Bytes. */
export class MemoryKinds {
  stack: u64 = 0;
  data: u64 = 0;
  program: u64 = 0;
  libraries: u64 = 0;
  anonymousResident: u64 = 0;
  fileResident: u64 = 0;
  sharedResident: u64 = 0;
  /** Where the program's own code is. */
  codeStart: u64 = 0;
  codeEnd: u64 = 0;

  /** @param programInode the number of the program's file. @param counts whether what is in memory is counted as well */
  fill(programInode: u64, counts: boolean): void {
    eachArea((area) => {
      const length = area.end - area.start;
      const isExecutable = (area.protection & Protection.Execute) !== 0;
      const isShared = (area.flags & AreaFlag.Shared) !== 0;
      if ((area.flags & AreaFlag.GrowsDown) !== 0) this.stack += length;
      else if (isExecutable && area.inode === programInode) this.addCode(area);
      else if (isExecutable && area.inode !== 0) this.libraries += length;
      else if ((area.protection & Protection.Write) !== 0 && !isShared) this.data += length;
      if (counts) this.addResident(area, isShared);
    });
  }

  private addResident(area: AreaDescription, isShared: boolean): void {
    const residence = new Residence();
    countResident(area.start, area.end, residence);
    if (isShared) {
      this.sharedResident += residence.pages * PAGE_SIZE;
    } else if (area.inode === 0) {
      this.anonymousResident += residence.pages * PAGE_SIZE;
    } else {
      this.anonymousResident += residence.own * PAGE_SIZE;
      this.fileResident += (residence.pages - residence.own) * PAGE_SIZE;
    }
  }

  private addCode(area: AreaDescription): void {
    this.program += area.end - area.start;
    if (this.codeStart === 0) this.codeStart = area.start;
    this.codeEnd = area.end;
  }
}
