// What applications need of the host, and whether it is there.

import { existsSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { REPOSITORY } from "../repository.ts";
import type { Need } from "./application.ts";

/** Where npm puts packages that only these applications want: `npm install --prefix build/applications NAME`. */
const PREFIX = "build/applications";
export const MODULES = join(REPOSITORY, PREFIX, "node_modules");
export const JARS = "/usr/share/java";

/** A program or file of one of Debian's packages. */
export function debian(what: string, packageName = what): Need {
  return { what, by: "Debian", package: packageName };
}

/** Jars by the beginnings of their names; the others come with zookeeper. */
const JAR_PACKAGES: readonly (readonly [beginning: string, packageName: string])[] = [
  ["netty-", "libnetty-java"],
  ["jetty9-", "libjetty9-java"],
  ["tomcat10-", "libtomcat10-java"],
  ["spring3-", "libspring-web-servlet-java"],
  ["servlet-api", "libservlet-api-java"],
  ["commons-logging", "libcommons-logging-java"],
  ["", "libzookeeper-java"],
];

export function jar(name: string): Need {
  const [, packageName = ""] = JAR_PACKAGES.find(([beginning]) => name.startsWith(beginning)) ?? [];
  return debian(join(JARS, name), packageName);
}

/** A package of npm, or one of its files. */
export function npm(packageName: string, file = "package.json"): Need {
  return { what: join(MODULES, packageName, file), by: "npm", package: packageName };
}

export const JAVA = [debian("java", "default-jdk-headless"), debian("javac", "default-jdk-headless")];

function isThere({ what }: Need): boolean {
  if (isAbsolute(what)) return existsSync(what);
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, what)));
}

/** What is missing of all this, once each. */
export function missing(needs: readonly Need[]): Need[] {
  const lacking = needs.filter((need) => !isThere(need));
  return [...new Map(lacking.map((need) => [need.package, need])).values()];
}

/** The commands that would install it. */
export function installation(lacking: readonly Need[]): string[] {
  const names = (by: Need["by"]): string[] => [...new Set(lacking.filter((need) => need.by === by).map((need) => need.package))];
  const [ofDebian, ofNpm] = [names("Debian"), names("npm")];
  return [
    ...(ofDebian.length > 0 ? [`apt-get install --no-install-recommends ${ofDebian.join(" ")}`] : []),
    ...(ofNpm.length > 0 ? [`npm install --prefix ${PREFIX} --ignore-scripts ${ofNpm.join(" ")}`] : []),
  ];
}
