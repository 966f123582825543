// What every server that sends back what it hears is asked: many streams at once, in pieces of all sizes, each to its end.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { PORT, type Scene } from "./application.ts";
import { pattern } from "./http-visit.ts";

const STREAMS = 20;
const LENGTH = 1_000_000;

async function exchange(address: string, length: number, piece: number): Promise<Buffer> {
  const sent = pattern(length);
  const heard: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const socket = connect(PORT, address, () => {
      for (let at = 0; at < sent.length; at += piece) socket.write(sent.subarray(at, at + piece));
      socket.end();
    });
    socket.on("data", (part: Buffer) => heard.push(part));
    socket.on("error", reject);
    socket.on("end", resolve);
  });
  return Buffer.concat(heard);
}

export async function visitEcho({ address }: Scene): Promise<void> {
  for (const length of [0, 1, 10]) assert.ok((await exchange(address, length, 1)).equals(pattern(length)));
  // The first in pieces of one byte.
  const streams = Array.from({ length: STREAMS }, async (_, index) => {
    const length = index === 0 ? LENGTH / 100 : LENGTH;
    const heard = await exchange(address, length, 1 + index * 3001);
    assert.ok(heard.equals(pattern(length)), `stream ${index}: ${heard.length} bytes`);
  });
  await Promise.all(streams);
}
