// Memory that the application provides for whatever arrives first: IORING_OP_PROVIDE_BUFFERS. A request names a group, and takes a
// buffer of it when it has something to put there; its completion says which.

import { Link, List } from "prelude/list.ts";

export class ProvidedBuffer {
  readonly link = new Link<ProvidedBuffer>();
  address: u64 = 0;
  length: u32 = 0;
  id: u16 = 0;
  group: u16 = 0;
}

export class BufferGroup {
  readonly link = new Link<BufferGroup>();
  readonly buffers = new List<ProvidedBuffer>();
  id: u16 = 0;
  count: u32 = 0;
}

/** The groups of one ring. The ring's lock guards them. */
export class BufferGroups {
  private readonly groups = new List<BufferGroup>();

  find(id: u16): BufferGroup | null {
    for (let group = this.groups.first; group !== null; group = this.groups.next(group)) {
      if (group.id === id) return group;
    }
    return null;
  }

  /** The group of a number, made when there is none; null: no memory. */
  obtain(id: u16): BufferGroup | null {
    const found = this.find(id);
    if (found !== null) return found;
    const group = create(BufferGroup);
    if (group === null) return null;
    group.id = id;
    this.groups.append(group);
    return group;
  }

  /** Takes a buffer of a group; null when it has none. */
  take(id: u16): ProvidedBuffer | null {
    const group = this.find(id);
    if (group === null) return null;
    const buffer = group.buffers.takeFirst();
    if (buffer !== null) group.count--;
    return buffer;
  }

  /** Puts back a buffer that was not used, to be taken next. */
  putBack(buffer: ProvidedBuffer): void {
    const group = this.find(buffer.group);
    if (group === null) {
      destroy(buffer);
      return;
    }
    group.buffers.prepend(buffer);
    group.count++;
  }

  /** Frees everything. */
  free(): void {
    for (;;) {
      const group = this.groups.takeFirst();
      if (group === null) return;
      for (;;) {
        const buffer = group.buffers.takeFirst();
        if (buffer === null) break;
        destroy(buffer);
      }
      destroy(group);
    }
  }
}
