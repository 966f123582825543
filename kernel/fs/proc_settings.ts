// /proc/sys: settings of the kernel, as far as programs look them up (proc(5)). They can be read; what they say holds.

import type { Writer } from "prelude/writer.ts";
import { writeHexadecimal } from "./digits.ts";
import { DESCRIPTORS_MAX } from "./file_table.ts";
import { processInformation } from "./process_information.ts";
import type { PseudoFolder } from "./pseudo.ts";
import { random64 } from "./random.ts";

/** Linux's limits for numbers of threads on 64-bit machines. */
const THREADS_MAX = 4194304;

export function addSettings(folder: PseudoFolder, subject: u32): void {
  folder.folder("kernel", addKernelSettings);
  folder.folder("vm", addMemorySettings);
  folder.folder("fs", addFileSettings);
  folder.folder("net", addNetworkSettings);
}

function addKernelSettings(folder: PseudoFolder, subject: u32): void {
  folder.constant("ostype", "Linux\n");
  folder.file("osrelease", writeRelease);
  folder.file("version", writeVersionOnly);
  folder.file("hostname", writeHostName);
  folder.constant("domainname", "(none)\n");
  folder.file("pid_max", writeThreadsMax);
  folder.file("threads-max", writeThreadsMax);
  folder.constant("ngroups_max", "65536\n");
  folder.constant("cap_last_cap", "40\n");
  folder.constant("core_pattern", "core\n");
  folder.constant("core_uses_pid", "0\n");
  folder.constant("overflowuid", "65534\n");
  folder.constant("overflowgid", "65534\n");
  folder.constant("randomize_va_space", "2\n");
  folder.constant("perf_event_paranoid", "2\n");
  folder.constant("kptr_restrict", "1\n");
  folder.constant("dmesg_restrict", "1\n");
  folder.constant("io_uring_disabled", "0\n");
  folder.constant("sched_rr_timeslice_ms", "100\n");
  folder.constant("sched_rt_period_us", "1000000\n");
  folder.constant("sched_rt_runtime_us", "1000000\n");
  folder.constant("numa_balancing", "0\n");
  folder.constant("panic", "0\n");
  folder.constant("tainted", "0\n");
  folder.constant("shmmax", "18446744073692774399\n");
  folder.constant("shmall", "18446744073692774399\n");
  folder.constant("shmmni", "4096\n");
  folder.constant("msgmax", "8192\n");
  folder.constant("sem", "32000\t1024000000\t500\t32000\n");
  folder.folder("random", addRandom);
}

function addRandom(folder: PseudoFolder, subject: u32): void {
  folder.file("boot_id", writeBootIdentifier);
  folder.file("uuid", writeFreshIdentifier);
  folder.constant("entropy_avail", "256\n");
  folder.constant("poolsize", "256\n");
}

/** Heuristic overcommit: what cannot be affordable is refused (mm/address_space.ts). */
function addMemorySettings(folder: PseudoFolder, subject: u32): void {
  folder.constant("overcommit_memory", "0\n");
  folder.constant("overcommit_ratio", "50\n");
  folder.constant("max_map_count", "65530\n");
  folder.constant("mmap_min_addr", "65536\n");
  folder.constant("swappiness", "60\n");
  folder.constant("nr_hugepages", "0\n");
  folder.constant("zone_reclaim_mode", "0\n");
  folder.constant("panic_on_oom", "0\n");
  folder.constant("min_free_kbytes", "4096\n");
  folder.constant("memfd_noexec", "0\n");
}

function addFileSettings(folder: PseudoFolder, subject: u32): void {
  folder.constant("file-max", "9223372036854775807\n");
  folder.file("nr_open", writeDescriptorsMax);
  folder.constant("pipe-max-size", "1048576\n");
  folder.constant("pipe-user-pages-soft", "16384\n");
  folder.constant("aio-max-nr", "65536\n");
  folder.constant("lease-break-time", "45\n");
  folder.folder("inotify", addWatchSettings);
  folder.folder("epoll", addEpollSettings);
}

function addWatchSettings(folder: PseudoFolder, subject: u32): void {
  folder.constant("max_user_watches", "1048576\n");
  folder.constant("max_user_instances", "8192\n");
  folder.constant("max_queued_events", "16384\n");
}

function addEpollSettings(folder: PseudoFolder, subject: u32): void {
  folder.constant("max_user_watches", "1048576\n");
}

function addNetworkSettings(folder: PseudoFolder, subject: u32): void {
  folder.folder("core", addSocketSettings);
}

function addSocketSettings(folder: PseudoFolder, subject: u32): void {
  folder.constant("somaxconn", "4096\n");
}

function writeRelease(writer: Writer, subject: u32): void {
  writer.message(`${processInformation.release}\n`);
}

function writeVersionOnly(writer: Writer, subject: u32): void {
  writer.message(`${processInformation.version}\n`);
}

function writeHostName(writer: Writer, subject: u32): void {
  const hostName = processInformation.hostName;
  if (hostName !== null) writer.bytes(hostName());
  writer.text("\n");
}

function writeThreadsMax(writer: Writer, subject: u32): void {
  writer.message(`${THREADS_MAX}\n`);
}

function writeDescriptorsMax(writer: Writer, subject: u32): void {
  writer.message(`${DESCRIPTORS_MAX}\n`);
}

// ---- identifiers: RFC 4122, version 4 -------------------------------------------------------------------------------

class BootIdentifier {
  high: u64 = 0;
  low: u64 = 0;
}

const bootIdentifier = new BootIdentifier();

function writeBootIdentifier(writer: Writer, subject: u32): void {
  if (bootIdentifier.high === 0) {
    bootIdentifier.low = random64();
    bootIdentifier.high = random64() | 1;
  }
  writeIdentifier(writer, bootIdentifier.high, bootIdentifier.low);
}

function writeFreshIdentifier(writer: Writer, subject: u32): void {
  writeIdentifier(writer, random64(), random64());
}

function writeIdentifier(writer: Writer, high: u64, low: u64): void {
  const versioned = (high & ~u64(0xf000)) | 0x4000;
  const variant = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
  writeHexadecimal(writer, versioned >> 32, 8, true);
  writer.text("-");
  writeHexadecimal(writer, (versioned >> 16) & 0xffff, 4, true);
  writer.text("-");
  writeHexadecimal(writer, versioned & 0xffff, 4, true);
  writer.text("-");
  writeHexadecimal(writer, variant >> 48, 4, true);
  writer.text("-");
  writeHexadecimal(writer, variant & 0xffff_ffff_ffff, 12, true);
  writer.text("\n");
}
