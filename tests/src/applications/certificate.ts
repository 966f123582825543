// A certificate for the host's and the guest's names, made anew for each scene: whoever trusts it trusts nothing else with it.

import assert from "node:assert/strict";
import { join } from "node:path";
import { GIVEN } from "../dhcp-server.ts";
import { SPACE_ADDRESS } from "../network-space.ts";
import { runProcess } from "../outcome.ts";
import { debian } from "./needs.ts";

export const OPENSSL = debian("openssl");
/** Its authority is itself. */
export const CERTIFICATE = "certificate.pem";
export const KEY = "key.pem";
/** Both, as Java reads them; the password is `changeit`. */
export const KEYS = "keys.p12";

const NAMES = ["DNS:server.unary.test", "DNS:guest.unary.test", `IP:${SPACE_ADDRESS}`, `IP:${GIVEN}`];

async function openssl(...words: string[]): Promise<void> {
  const { status, stderr } = await runProcess("openssl", words);
  assert.equal(status, 0, `openssl ${words.join(" ")}: ${stderr}`);
}

export async function makeCertificate(folder: string): Promise<void> {
  const [certificate, key, keys] = [CERTIFICATE, KEY, KEYS].map((name) => join(folder, name)) as [string, string, string];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const subject = ["-subj", "/CN=unary.test", "-addext", `subjectAltName=${NAMES.join(",")}`];
  await openssl("req", ...kind, ...subject, "-keyout", key, "-out", certificate);
  await openssl("pkcs12", "-export", "-in", certificate, "-inkey", key, "-out", keys, "-passout", "pass:changeit");
}
