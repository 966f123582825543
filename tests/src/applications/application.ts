// What an application is to the tests: what it needs of the host, how it is started on Unary, and who asks it what.

/** Where everybody is: in a namespace, with a tap device between host and guest. */
export interface Scene {
  /** What the machine sees as /data: certificates (certificate.ts) and what `prepare` made. */
  folder: string;
  /** The guest's. */
  address: string;
}

/** Something that must be installed here; nothing is installed by the tests. */
export interface Need {
  /** A program's name, or a file's path. */
  what: string;
  by: "Debian" | "npm";
  package: string;
}

interface Common {
  name: string;
  /** In which modes `npm test` has it; `npm run applications` has all in all. */
  tested?: "everywhere" | "KVM alone";
  needs: readonly Need[];
  /** Makes what it needs in the scene's folder, on the host. */
  prepare?(folder: string): Promise<void>;
  /** Options of `unary run`, then the command. */
  words(folder: string): readonly string[];
}

/** Listens on port {@link PORT} until a signal ends it. */
export interface Server extends Common {
  kind: "server";
  /** What it prints when it listens. Without it, whether it does is tried. */
  ready?: string;
  /** Real clients, on the host. */
  visit(scene: Scene): Promise<void>;
}

/** Asks servers of the host, and ends by itself with status 0. */
export interface Client extends Common {
  kind: "client";
  /** Starts the servers. @returns what stops them */
  attend(scene: Scene): Promise<() => void>;
  /** Looks at what it has printed. */
  judge(output: string): void;
}

export type Application = Server | Client;

export const PORT = 8000;
