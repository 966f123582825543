// What a program may choose for a connection: the options of SOL_SOCKET and IPPROTO_TCP that change what is sent. A connection that a
// listener accepts starts with the listener's.

const SECOND = 1_000_000_000;

export class TcpSettings {
  /** TCP_NODELAY: small segments do not wait for acknowledgments (RFC 896). */
  noDelay = false;
  /** TCP_CORK: only full segments, for at most 200 ms. */
  cork = false;
  /** TCP_QUICKACK: acknowledge at once. */
  quickAck = false;
  /** SO_KEEPALIVE, and TCP_KEEPIDLE, TCP_KEEPINTVL in nanoseconds, TCP_KEEPCNT (RFC 9293, 3.8.4). */
  keepAlive = false;
  keepIdle: u64 = 7200 * SECOND;
  keepInterval: u64 = 75 * SECOND;
  keepCount: u32 = 9;
  /** TCP_USER_TIMEOUT in nanoseconds; 0: by the number of tries (RFC 5482). */
  userTimeout: u64 = 0;
  /** TCP_SYNCNT, and net.ipv4.tcp_retries2. */
  synRetries: u32 = 6;
  retries: u32 = 15;
  /** TCP_LINGER2 in nanoseconds: how long FIN-WAIT-2 lasts when nobody has the socket. */
  finWait: u64 = 60 * SECOND;
  /** TCP_MAXSEG; 0: as the path allows. */
  maximumSegment: u32 = 0;
  /** TCP_WINDOW_CLAMP; 0: none. */
  windowClamp: u32 = 0;
  /** SO_RCVBUF in bytes of data; `fixed` when the program has set it: no growth. */
  receiveBuffer: u32 = 131072;
  receiveBufferFixed = false;
  /** SO_SNDBUF. */
  sendBuffer: u32 = 87040;
  sendBufferFixed = false;
  /** SO_OOBINLINE. */
  urgentInline = false;
  /** Whether the options are offered at all: tests of peers that know none of them. */
  useTimestamps = true;
  useSack = true;
  useWindowScale = true;

  copyFrom(other: TcpSettings): void {
    this.noDelay = other.noDelay;
    this.cork = other.cork;
    this.quickAck = other.quickAck;
    this.keepAlive = other.keepAlive;
    this.keepIdle = other.keepIdle;
    this.keepInterval = other.keepInterval;
    this.keepCount = other.keepCount;
    this.userTimeout = other.userTimeout;
    this.synRetries = other.synRetries;
    this.retries = other.retries;
    this.finWait = other.finWait;
    this.maximumSegment = other.maximumSegment;
    this.windowClamp = other.windowClamp;
    this.receiveBuffer = other.receiveBuffer;
    this.receiveBufferFixed = other.receiveBufferFixed;
    this.sendBuffer = other.sendBuffer;
    this.sendBufferFixed = other.sendBufferFixed;
    this.urgentInline = other.urgentInline;
    this.useTimestamps = other.useTimestamps;
    this.useSack = other.useSack;
    this.useWindowScale = other.useWindowScale;
  }
}
