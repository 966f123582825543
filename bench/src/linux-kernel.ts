// The kernel to compare with: Debian's own for cloud machines, unpacked beside our build and not installed.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { BUILD } from "./repository.ts";

const PACKAGE = "linux-image-cloud-amd64";

export interface LinuxKernel {
  /** The bzImage. */
  path: string;
  /** As in its file name: `6.1.0-56-cloud-amd64`. */
  release: string;
}

/** The file of a module of the kernel, such as `virtio_net.ko`. */
export function linuxModule(name: string): string {
  const folder = join(BUILD, "linux", "lib", "modules", linuxKernel().release);
  const path = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((file) => basename(file) === name);
  if (path === undefined) throw new Error(`Debian's kernel has no module ${name}`);
  return join(folder, path);
}

/** Finds the kernel, and fetches it with apt when it is not there yet. */
export function linuxKernel(): LinuxKernel {
  const folder = join(BUILD, "linux");
  return find(folder) ?? fetch(folder);
}

function find(folder: string): LinuxKernel | undefined {
  const boot = join(folder, "boot");
  const name = existsSync(boot) ? readdirSync(boot).find((file) => file.startsWith("vmlinuz-")) : undefined;
  return name === undefined ? undefined : { path: join(boot, name), release: name.slice("vmlinuz-".length) };
}

function fetch(folder: string): LinuxKernel {
  mkdirSync(folder, { recursive: true });
  const call = (command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  // The package named above only names the current one.
  const depends = (): string | undefined => /^\s*Depends: (linux-image-\S+)$/m.exec(call("apt-cache", "depends", PACKAGE))?.[1];
  let current = depends();
  if (current === undefined) {
    call("apt-get", "-qq", "update");
    current = depends();
  }
  if (current === undefined) throw new Error(`apt knows no package ${PACKAGE}: the bench compares with Debian's kernel`);
  call("apt-get", "-qq", "download", current);
  const file = readdirSync(folder).find((name) => name.startsWith(`${current}_`) && name.endsWith(".deb"));
  if (file === undefined) throw new Error(`apt-get download ${current} left no package behind`);
  call("dpkg", "-x", file, ".");
  const kernel = find(folder);
  if (kernel === undefined) throw new Error(`${current} has no kernel in boot/`);
  return kernel;
}
