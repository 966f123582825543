/*
 * Puts frames on a link, on the host: storm_frames DEVICE. It does what lines on its standard input say, and answers each with how many
 * frames were sent. Frames are in hexadecimal.
 *
 *   send HEX                 this frame
 *   flood N BITS HEX         N copies of a segment of TCP over IPv4, each with another source port and sequence number, and with a source address
 *                            of which the last BITS are another
 *   spoil N SEED HEX         N copies, each spoilt in some places, cut short or made longer; half of them with checksums that are right
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONGEST = 1514, BATCH = 32, ETHERNET = 14 };

static int link_socket;

static uint64_t chance_state = 1;

static uint32_t chance(void) {
  chance_state ^= chance_state << 13;
  chance_state ^= chance_state >> 7;
  chance_state ^= chance_state << 17;
  return (uint32_t)(chance_state >> 16);
}

/* Sends frames, waiting where the device is full. @returns how many */
static unsigned long put(unsigned char (*frames)[LONGEST], const unsigned *lengths, unsigned count) {
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  memset(messages, 0, sizeof messages);
  for (unsigned i = 0; i < count; i++) {
    parts[i] = (struct iovec){.iov_base = frames[i], .iov_len = lengths[i]};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  unsigned done = 0;
  while (done < count) {
    const int sent = sendmmsg(link_socket, messages + done, count - done, 0);
    if (sent > 0) done += (unsigned)sent;
    else if (errno == ENOBUFS || errno == EAGAIN) usleep(200);
    else break;
  }
  return done;
}

static uint32_t add(uint32_t sum, const unsigned char *data, unsigned length) {
  for (unsigned i = 0; i < length; i++) sum += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
  return sum;
}

static void store_sum(unsigned char *at, uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  at[0] = (unsigned char)(~sum >> 8);
  at[1] = (unsigned char)~sum;
}

/* Makes the checksums right of whatever a frame seems to be. */
static void complete(unsigned char *frame, unsigned length) {
  unsigned at = ETHERNET, protocol, bytes;
  uint32_t sum;
  if (length < ETHERNET + 20) return;
  if (frame[12] == 8 && frame[13] == 0) {
    const unsigned header = (frame[at] & 15u) * 4;
    bytes = (unsigned)frame[at + 2] << 8 | frame[at + 3];
    if (header < 20 || at + header > length || bytes < header || at + bytes > length) return;
    frame[at + 10] = frame[at + 11] = 0;
    store_sum(frame + at + 10, add(0, frame + at, header));
    protocol = frame[at + 9];
    sum = add(0, frame + at + 12, 8);
    at += header;
    bytes -= header;
  } else if (frame[12] == 0x86 && frame[13] == 0xdd && length >= ETHERNET + 40) {
    bytes = (unsigned)frame[at + 4] << 8 | frame[at + 5];
    protocol = frame[at + 6];
    sum = add(0, frame + at + 8, 32);
    at += 40;
    if (at + bytes > length) return;
  } else {
    return;
  }
  if (protocol == 1) sum = 0;
  else sum += protocol + bytes;
  const unsigned place = protocol == 6 ? 16 : protocol == 17 ? 6 : 2;
  if ((protocol != 1 && protocol != 2 && protocol != 6 && protocol != 17 && protocol != 58) || place + 2 > bytes) return;
  frame[at + place] = frame[at + place + 1] = 0;
  store_sum(frame + at + place, add(sum, frame + at, bytes));
}

static unsigned read_frame(const char *text, unsigned char *frame) {
  unsigned length = 0;
  for (unsigned byte; length < LONGEST && sscanf(text + length * 2, "%2x", &byte) == 1; length++) frame[length] = (unsigned char)byte;
  return length;
}

static void vary(unsigned char *frame, unsigned length, unsigned bits) {
  const uint32_t mask = bits >= 32 ? 0xffffffffu : (1u << bits) - 1, other = chance() & mask;
  unsigned char *ip = frame + ETHERNET, *segment = ip + 20;
  for (unsigned i = 0; i < 4; i++) ip[12 + i] = (unsigned char)((ip[12 + i] & ~(mask >> (24 - i * 8))) | (other >> (24 - i * 8)));
  const uint32_t port = 1024 + chance() % 64000, sequence = chance();
  segment[0] = (unsigned char)(port >> 8);
  segment[1] = (unsigned char)port;
  memcpy(segment + 4, &sequence, 4);
  complete(frame, length);
}

static unsigned spoil(unsigned char *frame, unsigned length) {
  const unsigned places = 1 + chance() % 4;
  for (unsigned i = 0; i < places; i++) frame[12 + chance() % (length - 12)] = (unsigned char)(chance() % 3 == 0 ? chance() % 8 : chance());
  if (chance() % 8 == 0) length = ETHERNET + chance() % (length - ETHERNET);
  else if (chance() % 8 == 0 && length + 64 <= LONGEST) length += chance() % 64;
  if (chance() % 2 == 0) complete(frame, length);
  return length;
}

int main(int argc, char **argv) {
  static char line[8192];
  static unsigned char frames[BATCH][LONGEST], frame[LONGEST];
  unsigned lengths[BATCH];
  if (argc != 2) return 2;
  link_socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  const struct sockaddr_ll where = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(argv[1])};
  const int without_queue = 1;
  if (link_socket < 0 || bind(link_socket, (const struct sockaddr *)&where, sizeof where) != 0) {
    perror(argv[1]);
    return 1;
  }
  setsockopt(link_socket, SOL_PACKET, PACKET_QDISC_BYPASS, &without_queue, sizeof without_queue);
  setlinebuf(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    unsigned long count = 1, number = 0, done = 0;
    int at = 0;
    const int is_flood = sscanf(line, "flood %lu %lu %n", &count, &number, &at) == 2;
    const int is_spoil = !is_flood && sscanf(line, "spoil %lu %lu %n", &count, &number, &at) == 2;
    if (!is_flood && !is_spoil) at = 5;
    const unsigned length = read_frame(line + at, frame);
    if (is_spoil) chance_state = number * 2 + 1;
    for (unsigned long i = 0; i < count;) {
      unsigned batch = 0;
      for (; batch < BATCH && i < count; batch++, i++) {
        memset(frames[batch], 0, LONGEST);
        memcpy(frames[batch], frame, length);
        lengths[batch] = length;
        if (is_flood) vary(frames[batch], length, (unsigned)number);
        if (is_spoil) lengths[batch] = spoil(frames[batch], length);
      }
      done += put(frames, lengths, batch);
    }
    printf("%lu\n", done);
  }
  return 0;
}
