// The ways for a program to end: each gives the status that a shell shows on Linux.

import { describe, test } from "node:test";
import { type Form, guest } from "./guest.ts";
import { assertSame } from "./same.ts";

const WAYS: Readonly<Record<string, number>> = {
  return: 3,
  exit: 42,
  "exit-256": 7,
  "exit-negative": 255,
  _exit: 5,
  "exit-in-thread": 9,
  "main-thread-first": 0,
  "thread-exit-call": 11,
  abort: 134,
  "raise-term": 143,
  "kill-self": 137,
  usr1: 138,
  ignored: 21,
  "chld-default": 22,
  null: 139,
  "null-in-thread": 139,
  "blocked-fault": 139,
  "kernel-address": 139,
  "not-canonical": 139,
  "all-astray": 139,
  "read-only": 139,
  "not-executable": 139,
  "jump-null": 139,
  divide: 136,
  illegal: 132,
  breakpoint: 133,
  deep: 139,
  "broken-pipe": 141,
};

/** The other forms differ in how libc ends a program, not in how the kernel does: a few ways are enough. */
const ALSO: readonly (readonly [Form, readonly string[]])[] = [
  ["glibc-static", ["return", "abort", "null", "exit-in-thread"]],
  ["glibc-static-pie", ["return", "null"]],
  ["musl", ["return", "abort", "null", "main-thread-first"]],
  ["musl-static", ["return", "divide", "exit-in-thread"]],
];

const endsBy = (form: Form, way: string, cpus: number) => (): Promise<void> => {
  const status = WAYS[way] ?? 0;
  return assertSame(guest("status.c", form), [way], { status, crashes: status > 128, machine: { cpus } });
};

describe("one processor", () => {
  for (const way of Object.keys(WAYS)) test(way, endsBy("glibc", way, 1));
  for (const [form, ways] of ALSO) for (const way of ways) test(`${way}, ${form}`, endsBy(form, way, 1));
});

describe("four processors", () => {
  for (const way of ["return", "exit-in-thread", "main-thread-first", "abort", "null-in-thread", "kill-self"])
    test(way, endsBy("glibc", way, 4));
});

describe("C++", () => {
  for (const form of ["glibc", "glibc-static"] as const) {
    test(`an exception that nobody catches, ${form}`, () =>
      assertSame(guest("exceptions.cpp", form), ["uncaught"], { status: 134, crashes: true }));
    test(`std::terminate, ${form}`, () =>
      assertSame(guest("exceptions.cpp", form), ["terminate"], { status: 134, crashes: true }));
  }
});
