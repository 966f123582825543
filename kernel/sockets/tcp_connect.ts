// How a socket of TCP gets its addresses and its connection: bind(2), connect(2).

import { Errno, errorCode } from "../lib/errno.ts";
import { isUnspecified } from "../net/address.ts";
import { TcpState } from "../net/tcp/state.ts";
import { anyAddress, noAddress, Place, reachable, readPlace } from "./inet_address.ts";
import { awaitAddress, networkTime, stack } from "./network_stack.ts";
import { Family, type SocketAddress } from "./socket_address.ts";
import type { TcpSocket } from "./tcp_socket.ts";
import { bindPort, placeConnection, tcp } from "./tcp_table.ts";

/** {@link TcpSocket.bind} */
export function bindStream(socket: TcpSocket, address: SocketAddress): Errno {
  const place = new Place();
  const error = readPlace(address, socket.socket.family, place);
  if (error !== Errno.NONE) return error;
  if (socket.boundPort !== 0 || socket.wasConnected) return Errno.INVAL;
  const waited = isUnspecified(place.address) ? Errno.NONE : awaitAddress(place.address);
  if (waited !== Errno.NONE) return waited;
  if (!socket.internet.mayBind(place.address)) return Errno.ADDRNOTAVAIL;
  socket.boundAddress = place.address;
  const bound = bindPort(socket, place.port);
  if (bound !== Errno.NONE) socket.boundAddress = anyAddress(socket.socket.family);
  return bound;
}

/** {@link TcpSocket.connect} */
export function connectStream(socket: TcpSocket, address: SocketAddress, mayWait: boolean): i64 {
  if (address.length < 2) return errorCode(Errno.INVAL);
  if (socket.listens) return errorCode(Errno.ISCONN);
  if (socket.wasConnected) return connectAgain(socket, mayWait);
  if (address.family() === Family.Unspecified) return 0;
  const place = new Place();
  let error = readPlace(address, socket.socket.family, place);
  if (error !== Errno.NONE) return errorCode(error);
  const connection = socket.connection;
  const destination = reachable(place.address);
  error = awaitAddress(destination);
  if (error !== Errno.NONE) return errorCode(error);
  const path = connection.path;
  path.destination = destination;
  path.source = isUnspecified(socket.boundAddress) ? noAddress(destination) : socket.boundAddress;
  path.boundInterface = place.scope === 0 ? socket.socket.options.boundInterface : place.scope;
  socket.internet.applyTo(path);
  error = stack.resolve(path, networkTime()) as Errno;
  if (error !== Errno.NONE) return errorCode(error);
  connection.localAddress = path.source;
  connection.localPort = socket.boundPort;
  connection.remoteAddress = destination;
  connection.remotePort = place.port;
  error = placeConnection(connection, socket.boundPort !== 0);
  if (error !== Errno.NONE) return errorCode(error);
  socket.wasConnected = true;
  {
    using _ = socket.lock.acquire();
    const now = networkTime();
    const secrets = tcp!.secrets;
    const sequence = secrets.initialSequence(path.source, connection.localPort, destination, place.port, now);
    connection.connect(sequence, now);
    socket.arm();
  }
  socket.afterwards();
  return connectAgain(socket, mayWait, true);
}

/** Waits for the end of an attempt, or says how it stands. */
function connectAgain(socket: TcpSocket, mayWait: boolean, isFirst: boolean = false): i64 {
  for (;;) {
    const state = socket.connection.state;
    if (state !== TcpState.SynSent && state !== TcpState.SynReceived) break;
    if (!mayWait) return errorCode(isFirst ? Errno.INPROGRESS : Errno.ALREADY);
    const waited = socket.socket.waitAt(socket.socket.queue, socket.socket.options.sendTimeout, false, () => {
      const now = socket.connection.state;
      return now !== TcpState.SynSent && now !== TcpState.SynReceived;
    });
    if (waited === errorCode(Errno.AGAIN)) return errorCode(Errno.INPROGRESS);
    if (waited !== 0) return waited;
  }
  if (socket.connection.state === TcpState.Closed) {
    const error = socket.takeError();
    if (socket.connectTold && error === Errno.NONE) return errorCode(Errno.CONNABORTED);
    // Another attempt may follow.
    socket.wasConnected = false;
    socket.connectTold = false;
    return errorCode(error === Errno.NONE ? Errno.CONNABORTED : error);
  }
  if (socket.connectTold) return errorCode(Errno.ISCONN);
  socket.connectTold = true;
  return 0;
}
