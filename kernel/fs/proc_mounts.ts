// What is mounted where, and the control group: mounts, mountinfo, filesystems and cgroup of /proc (proc(5), cgroups(7)). The
// mounts of this machine are always the same.

import type { Writer } from "prelude/writer.ts";

export function writeMounts(writer: Writer, subject: u32): void {
  writer.text("tmpfs / tmpfs rw,noatime 0 0\n");
  writer.text("devtmpfs /dev devtmpfs rw,noatime 0 0\n");
  writer.text("tmpfs /dev/shm tmpfs rw,noatime 0 0\n");
  writer.text("proc /proc proc rw,noatime 0 0\n");
  writer.text("sysfs /sys sysfs ro,noatime 0 0\n");
  writer.text("cgroup2 /sys/fs/cgroup cgroup2 ro,noatime 0 0\n");
}

export function writeMountInformation(writer: Writer, subject: u32): void {
  writer.text("1 1 0:18 / / rw,noatime - tmpfs tmpfs rw\n");
  writer.text("2 1 0:5 / /dev rw,noatime - devtmpfs devtmpfs rw\n");
  writer.text("3 2 0:21 / /dev/shm rw,noatime - tmpfs tmpfs rw\n");
  writer.text("4 1 0:19 / /proc rw,noatime - proc proc rw\n");
  writer.text("5 1 0:20 / /sys ro,noatime - sysfs sysfs ro\n");
  writer.text("6 5 0:22 / /sys/fs/cgroup ro,noatime - cgroup2 cgroup2 ro\n");
}

/** One group, the root of the unified hierarchy, which limits nothing. */
export function writeControlGroup(writer: Writer, subject: u32): void {
  writer.text("0::/\n");
}

/** The controllers, all in the unified hierarchy. */
export function writeControllers(writer: Writer, subject: u32): void {
  writer.text("#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
  writer.text("cpuset\t0\t1\t1\ncpu\t0\t1\t1\ncpuacct\t0\t1\t1\nmemory\t0\t1\t1\npids\t0\t1\t1\n");
}

export function writeFileSystems(writer: Writer, subject: u32): void {
  writer.text("nodev\ttmpfs\nnodev\tdevtmpfs\nnodev\tproc\nnodev\tsysfs\nnodev\tcgroup2\nnodev\tpipefs\nnodev\tsockfs\n");
}
