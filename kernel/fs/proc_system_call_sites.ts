// /proc/unary/syscall-sites: how each place that calls the kernel does it.
//
//   address       state                calls by instruction   file
//   7ffff7e9a0c3  jump                                   16   /lib/x86_64-linux-gnu/libc.so.6+0xd00c3

import type { Writer } from "prelude/writer.ts";
import { AreaDescription, describeArea } from "../mm/area_list.ts";
import { describeSite, SiteDescription, SiteState, sitePlaces, unlistedCalls } from "../mm/system_call_sites.ts";

/** Writes the file. Calls that jump are not counted; a site's number is that of its calls by the instruction. */
export function writeSystemCallSites(writer: Writer, subject: u32): void {
  const site = new SiteDescription();
  const area = new AreaDescription();
  let jumps: u32 = 0;
  let instructions: u32 = 0;
  for (let place: usize = 0; place < sitePlaces(); place++) {
    if (!describeSite(place, site)) continue;
    if (site.state === SiteState.Jump) jumps++;
    else instructions++;
    writer.message(`${hex(site.address)} ${stateName(site.state)} calls ${site.calls} `);
    writeFile(writer, site.address, area);
    writer.message("\n");
  }
  writer.message(`jumps ${jumps} instructions ${instructions} places ${u64(sitePlaces())}`);
  writer.message(` calls of unlisted sites ${unlistedCalls()}\n`);
}

function writeFile(writer: Writer, address: u64, area: AreaDescription): void {
  if (!describeArea(address, area) || area.start > address || area.pathLength === 0) {
    writer.message("[anonymous]");
    return;
  }
  writer.bytes(area.path.slice(0, area.pathLength));
  writer.message(`+${hex(address - area.start + area.offset)}`);
}

function stateName(state: SiteState): string {
  switch (state) {
    case SiteState.Counting:
      return "instruction: few calls";
    case SiteState.Jump:
      return "jump";
    case SiteState.UnknownForm:
      return "instruction: unknown form";
    case SiteState.Ambiguous:
      return "instruction: ambiguous form";
    case SiteState.SignalReturn:
      return "instruction: return from a signal";
    case SiteState.AcrossPages:
      return "instruction: on two pages";
    case SiteState.Writable:
      return "instruction: writable";
    case SiteState.Shared:
      return "instruction: shared";
    case SiteState.ReadAsData:
      return "instruction: read as data";
    case SiteState.OutOfReach:
      return "instruction: no room for a stub in reach";
    case SiteState.NoMemory:
      return "instruction: no memory";
  }
}
