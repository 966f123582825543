// Whom the host trusts: the authorities' certificates, and how its TLS libraries are set up. They come along with programs that have such a
// library, or Go's. Those with authorities of their own (Java, node) need none of it.

import type { Closure } from "../elf/closure.ts";
import type { ElfFile } from "../elf/elf-file.ts";
import type { RootFolder } from "./root-folder.ts";

const TLS_LIBRARY = /^lib(ssl|gnutls|mbedtls|wolfssl)\.so\b/;

/** Where distributions have them: one file with all certificates, OpenSSL's default places, which mostly lead to it, and its settings. */
const FILES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
  "/usr/lib/ssl/cert.pem",
  "/etc/ssl/openssl.cnf",
  "/usr/lib/ssl/openssl.cnf",
  "/etc/pki/tls/openssl.cnf",
];

/** @param closures the libraries of all that may be started or loaded */
export function addTrust(root: RootFolder, program: ElfFile, closures: readonly Closure[]): void {
  const hasLibrary = closures.some(({ libraries }) => libraries.some(({ name }) => TLS_LIBRARY.test(name)));
  if (!hasLibrary && !program.isGo) return;
  root.bring("the certificates of the host's authorities", () => {
    for (const path of FILES) root.addHostPath(path, "alone");
  });
}
