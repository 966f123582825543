// What is asked of a NETLINK_ROUTE socket, and who answers it (route_answers.ts). Changes of the network are refused: it is configured by
// the machine's start.

import { Errno } from "../lib/errno.ts";
import { logOnce } from "../lib/log.ts";
import {
  findAttribute,
  loadWord,
  MESSAGE_HEADER,
  MessageMark,
  type NetlinkHeader,
  type NetlinkWriter,
} from "./netlink_message.ts";
import {
  LinkAttribute,
  RouteType,
  writeAddresses,
  writeLinks,
  writeNeighbours,
  writeOneLink,
  writeRoutes,
} from "./route_answers.ts";
import { Family } from "./socket_address.ts";

/** A struct ifinfomsg, whose third field is an index. */
const LINK_CONTENT = 16;

/** A question about all that there are; either of the flag's bits says so, as in Linux. */
export function isDump(header: NetlinkHeader): boolean {
  return (header.flags & MessageMark.Dump) !== 0 && (header.type & 3) === 2;
}

/** Answers one request. OPNOTSUPP, PERM: it is none of those that are answered. */
export function answerRequest(writer: NetlinkWriter, header: NetlinkHeader, message: Slice<u8>): Errno {
  if (header.type >= RouteType.End) return Errno.OPNOTSUPP;
  // Changes of the network are not the application's.
  if ((header.type & 3) !== 2) {
    logOnce("route change", `the change ${header.type} of the network by a netlink socket is not supported (EPERM)`);
    return Errno.PERM;
  }
  const content = message.slice(MESSAGE_HEADER);
  const family = content.length === 0 ? u32(Family.Unspecified) : u32(content[0]);
  if (!isDump(header)) {
    if (header.type === RouteType.GetLink) return answerLink(writer, content);
    logOnce("route question", `the question ${header.type} of a netlink socket is not supported (EOPNOTSUPP)`);
    return Errno.OPNOTSUPP;
  }
  switch (header.type as RouteType) {
    case RouteType.GetLink:
      writeLinks(writer);
      return Errno.NONE;
    case RouteType.GetAddress:
      writeAddresses(writer, family);
      return Errno.NONE;
    case RouteType.GetRoute:
      writeRoutes(writer, family);
      return Errno.NONE;
    case RouteType.GetNeighbour:
      writeNeighbours(writer, family);
      return Errno.NONE;
    default:
      logOnce("route list", `the list ${header.type} of a netlink socket is not supported (EOPNOTSUPP)`);
      return Errno.OPNOTSUPP;
  }
}

/** One interface, by index or name. */
function answerLink(writer: NetlinkWriter, content: Slice<u8>): Errno {
  if (content.length < LINK_CONTENT) return Errno.INVAL;
  const index = loadWord(content, 4);
  if (i32(index) < 0) return Errno.INVAL;
  const name = findAttribute(content.slice(LINK_CONTENT), LinkAttribute.Name);
  if (index === 0 && name === null) return Errno.INVAL;
  return writeOneLink(writer, index, name ?? bytes("")) ? Errno.NONE : Errno.NODEV;
}
