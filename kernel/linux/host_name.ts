// The names of the machine: what uname(2), sethostname(2) and /proc/sys/kernel/hostname speak of.

/** __NEW_UTS_LEN: bytes of a name, without its NUL. */
export const NAME_LIMIT = 64;

class Names {
  readonly host!: FixedArray<u8, 64>;
  hostLength: usize = 0;
  readonly domain!: FixedArray<u8, 64>;
  domainLength: usize = 0;
}

const names = new Names();

export function hostName(): Slice<u8> {
  return names.host.slice(0, names.hostLength);
}

/** Sets the host name; bytes beyond NAME_LIMIT are cut off. */
export function setHostName(name: Slice<u8>): void {
  names.hostLength = minimum(name.length, usize(NAME_LIMIT));
  names.host.slice(0, names.hostLength).copyFrom(name.slice(0, names.hostLength));
}

export function domainName(): Slice<u8> {
  return names.domain.slice(0, names.domainLength);
}

/** Sets the domain name; bytes beyond NAME_LIMIT are cut off. */
export function setDomainName(name: Slice<u8>): void {
  names.domainLength = minimum(name.length, usize(NAME_LIMIT));
  names.domain.slice(0, names.domainLength).copyFrom(name.slice(0, names.domainLength));
}
