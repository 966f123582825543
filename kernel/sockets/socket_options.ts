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
  timestamp = false;
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
}
