// States of a connection (RFC 9293, 3.3.2), with Linux's numbers, which TCP_INFO and /proc/net/tcp show.

export const enum TcpState {
  Established = 1,
  SynSent = 2,
  SynReceived = 3,
  FinWait1 = 4,
  FinWait2 = 5,
  TimeWait = 6,
  Closed = 7,
  CloseWait = 8,
  LastAck = 9,
  Listen = 10,
  Closing = 11,
}

/** What has changed since the owner was told last. */
export const enum ConnectionChange {
  None = 0,
  /** There are bytes to read, or the end of them. */
  Readable = 1,
  /** There is room to write. */
  Writable = 2,
  /** connect() has succeeded. */
  Connected = 4,
  /** `takeError` has a reason. */
  Failed = 8,
  /** The peer sends no more. */
  PeerClosed = 16,
  /** It has left TCP: see `isFinished`. */
  Closed = 32,
  /** Urgent data are announced (SIGURG, POLLPRI). */
  Urgent = 64,
}

/** Why segments that arrived are answered, or how congestion stands (TCP_INFO's tcpi_ca_state in other words). */
export const enum Recovery {
  None,
  /** Segments were lost, and are sent again while others arrive (RFC 6675). */
  Fast,
  /** A timeout: from the beginning (RFC 5681, 3.1). */
  Timeout,
}
