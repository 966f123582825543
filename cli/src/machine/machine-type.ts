/** The machines of QEMU that are made: a small one without firmware of its own, and a whole PC with PCI. */
export type MachineType = "microvm" | "q35";
