// /sys/class/net: a folder for each interface, with what programs read there about it.

import type { Writer } from "prelude/writer.ts";
import type { PseudoFolder } from "../fs/pseudo.ts";
import { Errno } from "../lib/errno.ts";
import { InterfaceCounts, type NetworkInterface } from "../net/interface.ts";
import { HARDWARE_ETHERNET, HARDWARE_LOOPBACK, interfaceFlags } from "./interface_control.ts";
import { stack, startNetwork } from "./network_stack.ts";
import { writeHardware } from "./proc_net.ts";

/** The children of /sys/class/net. To look there starts the network. */
export function addInterfaceFolders(folder: PseudoFolder, subject: u32): void {
  if (startNetwork() !== Errno.NONE) return;
  folder.folder("lo", addInterface, 1);
  if (stack.cardInterface !== null) folder.folder("eth0", addInterface, 2);
}

function addInterface(folder: PseudoFolder, index: u32): void {
  folder.file("address", writeAddress, index);
  folder.file("broadcast", writeBroadcast, index);
  folder.file("carrier", writeCarrier, index);
  folder.file("flags", writeFlags, index);
  folder.file("ifindex", writeIndex, index);
  folder.file("iflink", writeIndex, index);
  folder.file("mtu", writeMtu, index);
  folder.file("operstate", writeState, index);
  folder.file("type", writeType, index);
  folder.file("uevent", writeEvent, index);
  folder.constant("addr_len", "6\n");
  folder.constant("tx_queue_len", "1000\n");
  folder.folder("statistics", addStatistics, index);
}

function addStatistics(folder: PseudoFolder, index: u32): void {
  folder.file("rx_bytes", (writer, index) => writer.message(`${received(index, (counts) => counts.bytes)}\n`), index);
  folder.file("rx_packets", (writer, index) => writer.message(`${received(index, (counts) => counts.packets)}\n`), index);
  folder.file("rx_errors", (writer, index) => writer.message(`${received(index, (counts) => counts.errors)}\n`), index);
  folder.file("rx_dropped", (writer, index) => writer.message(`${received(index, (counts) => counts.dropped)}\n`), index);
  folder.file("tx_bytes", (writer, index) => writer.message(`${transmitted(index, (counts) => counts.bytes)}\n`), index);
  folder.file("tx_packets", (writer, index) => writer.message(`${transmitted(index, (counts) => counts.packets)}\n`), index);
  folder.file("tx_errors", (writer, index) => writer.message(`${transmitted(index, (counts) => counts.errors)}\n`), index);
  folder.file("tx_dropped", (writer, index) => writer.message(`${transmitted(index, (counts) => counts.dropped)}\n`), index);
}

function received(index: u32, choose: (counts: InterfaceCounts) => u64): u64 {
  const counts = new InterfaceCounts();
  interfaceOf(index).count(counts, new InterfaceCounts());
  return choose(counts);
}

function transmitted(index: u32, choose: (counts: InterfaceCounts) => u64): u64 {
  const counts = new InterfaceCounts();
  interfaceOf(index).count(new InterfaceCounts(), counts);
  return choose(counts);
}

/** Interfaces that there are stay. */
function interfaceOf(index: u32): NetworkInterface {
  return stack.network!.interfaceAt(index)!;
}

function writeAddress(writer: Writer, index: u32): void {
  const one = interfaceOf(index);
  writeHardware(writer, one.isEthernet() ? u64(one.device.hardwareAddress()) : 0);
  writer.text("\n");
}

function writeBroadcast(writer: Writer, index: u32): void {
  writeHardware(writer, interfaceOf(index).isEthernet() ? 0xffff_ffff_ffff : 0);
  writer.text("\n");
}

function writeCarrier(writer: Writer, index: u32): void {
  writer.text(interfaceOf(index).device.isUp() ? "1\n" : "0\n");
}

/** Without what Linux finds out only when it is asked otherwise: RUNNING. */
function writeFlags(writer: Writer, index: u32): void {
  writer.message(`${hex(interfaceFlags(interfaceOf(index)) & ~u32(0x40))}\n`);
}

function writeIndex(writer: Writer, index: u32): void {
  writer.message(`${index}\n`);
}

function writeMtu(writer: Writer, index: u32): void {
  writer.message(`${interfaceOf(index).maximumPacket}\n`);
}

function writeState(writer: Writer, index: u32): void {
  const one = interfaceOf(index);
  if (!one.isEthernet()) writer.text("unknown\n");
  else writer.text(one.device.isUp() ? "up\n" : "down\n");
}

function writeType(writer: Writer, index: u32): void {
  writer.message(`${interfaceOf(index).isEthernet() ? u32(HARDWARE_ETHERNET) : u32(HARDWARE_LOOPBACK)}\n`);
}

function writeEvent(writer: Writer, index: u32): void {
  writer.text("INTERFACE=");
  writer.bytes(interfaceOf(index).nameBytes());
  writer.message(`\nIFINDEX=${index}\n`);
}
