import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Failure, Status } from "../failure.ts";

/** A file or folder of the host that the guest sees at a path of its own. */
export interface Volume {
  /** Absolute, on the host. */
  source: string;
  /** Absolute, in the guest. */
  target: string;
  readOnly: boolean;
}

/** Reads Docker's form, SRC:DST[:ro]. @throws Failure with status 2 for anything else, 125 when SRC is not there */
export function parseVolume(text: string): Volume {
  const parts = text.split(":");
  const [source = "", target = "", option] = parts;
  if (parts.length < 2 || parts.length > 3 || source === "" || !target.startsWith("/") || target === "/") {
    throw new Failure(Status.usage, `-v ${text}: expected SRC:DST or SRC:DST:ro, with an absolute DST`);
  }
  if (option !== undefined && option !== "ro")
    throw new Failure(Status.usage, `-v ${text}: the only option is ro, not ${option}`);
  if (!existsSync(source)) throw new Failure(Status.unary, `-v ${text}: ${resolve(source)} does not exist`);
  return { source: resolve(source), target, readOnly: option === "ro" };
}
