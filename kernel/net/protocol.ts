// Numbers of the protocols that IP carries (assigned by IANA).

export const enum Protocol {
  HopByHop = 0,
  Icmp = 1,
  Igmp = 2,
  Tcp = 6,
  Udp = 17,
  Routing = 43,
  Fragment = 44,
  Icmpv6 = 58,
  NoNext = 59,
  DestinationOptions = 60,
}
