// What can be set for a socket of any family (socket(7)). The layer of Linux checks and stores; a family looks when it acts, and is
// told of what it must act on at once.

/** What the kernel has by default for the bytes under way in one direction (net.core.wmem_default). */
export const DEFAULT_BUFFER = 212992;

export class SocketOptions {
  debug = false;
  reuseAddress = false;
  reusePort = false;
  keepAlive = false;
  broadcast = false;
  outOfBandInline = false;
  dontRoute = false;
  noChecksum = false;
  passCredentials = false;
  passSecurity = false;
  /** SO_TIMESTAMP and SO_TIMESTAMPNS, of which one is on at a time. */
  timestamp = false;
  timestampNanoseconds = false;
  /** SIOCGSTAMP was asked; when the last datagram came that was read since, in nanoseconds since 1970; 0: none. */
  keepsStamp = false;
  stamp: i64 = 0;
  /** SO_SELECT_ERR_QUEUE: what is in the error queue is also urgent (POLLPRI). */
  selectErrorQueue = false;
  zeroCopy = false;
  lockedBuffers: u32 = 0;
  /** Bytes under way, as getsockopt gives them: Linux doubles what it is asked for. */
  sendBuffer: u32 = DEFAULT_BUFFER;
  receiveBuffer: u32 = DEFAULT_BUFFER;
  /** The application chose the size: it does not grow by itself. */
  sendBufferChosen = false;
  receiveBufferChosen = false;
  /** Bytes that make a stream readable. */
  lowWater: u32 = 1;
  priority: u32 = 0;
  mark: u32 = 0;
  lingers = false;
  lingerSeconds: u32 = 0;
  /** Nanoseconds that a call may wait; 0: for ever. */
  receiveTimeout: u64 = 0;
  sendTimeout: u64 = 0;
  /** SO_BINDTODEVICE: the index of the only interface to use; 0: any. */
  boundInterface: u32 = 0;
  /** Which CPU brought the last packet, or which the socket is best for (SO_INCOMING_CPU); the largest number: none. */
  incomingCpu: u32 = 0xffff_ffff;

  /** Takes over all that an accepted connection has of its listener's. */
  inherit(from: SocketOptions): void {
    this.debug = from.debug;
    this.reuseAddress = from.reuseAddress;
    this.reusePort = from.reusePort;
    this.keepAlive = from.keepAlive;
    this.broadcast = from.broadcast;
    this.outOfBandInline = from.outOfBandInline;
    this.dontRoute = from.dontRoute;
    this.timestamp = from.timestamp;
    this.timestampNanoseconds = from.timestampNanoseconds;
    this.zeroCopy = from.zeroCopy;
    this.lockedBuffers = from.lockedBuffers;
    this.sendBuffer = from.sendBuffer;
    this.receiveBuffer = from.receiveBuffer;
    this.sendBufferChosen = from.sendBufferChosen;
    this.receiveBufferChosen = from.receiveBufferChosen;
    this.lowWater = from.lowWater;
    this.priority = from.priority;
    this.mark = from.mark;
    this.lingers = from.lingers;
    this.lingerSeconds = from.lingerSeconds;
    this.receiveTimeout = from.receiveTimeout;
    this.sendTimeout = from.sendTimeout;
    this.boundInterface = from.boundInterface;
  }
}
