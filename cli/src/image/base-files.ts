// What every guest has besides its application: the standard folders, and the few files that C libraries read.

import type { RootFolder } from "./root-folder.ts";

const folders: readonly (readonly [path: string, mode: number])[] = [
  ["/dev", 0o755],
  ["/etc", 0o755],
  ["/proc", 0o555],
  ["/root", 0o700],
  ["/run", 0o755],
  ["/sys", 0o555],
  ["/tmp", 0o1777],
  ["/var/tmp", 0o1777],
];

const RESOLVER = "/etc/resolv.conf";
/** What the machine was given by DHCP. */
const GIVEN_RESOLVER = "/proc/net/pnp";

function files(hostName: string, nameServer: string | undefined): readonly (readonly [path: string, text: string])[] {
  return [
    ["/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"],
    ["/etc/group", "root:x:0:\nnogroup:x:65534:\n"],
    ["/etc/hostname", `${hostName}\n`],
    ["/etc/hosts", `127.0.0.1\tlocalhost ${hostName}\n::1\tlocalhost\n`],
    ["/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n"],
    ...(nameServer === undefined ? [] : ([[RESOLVER, `nameserver ${nameServer}\n`]] as const)),
  ];
}

/** Adds them last, and only where neither the program nor the user brought something else. */
export function addBaseFiles(root: RootFolder, hostName: string, nameServer: string | undefined): void {
  for (const [path, mode] of folders) root.addFolder(path, mode);
  for (const [path, text] of files(hostName, nameServer)) if (!root.has(path)) root.addBytes(path, Buffer.from(text));
  if (!root.has(RESOLVER)) root.addLink(RESOLVER, GIVEN_RESOLVER);
}
