// What TCP_INFO and the other options of TCP tell and take (tcp(7)).

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include "assert.h"

static int ends[2], server;

static void begin(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof at;
  server = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  NEEDED(bind(server, (struct sockaddr *)&at, sizeof at));
  NEEDED(listen(server, 7));
  NEEDED(getsockname(server, (struct sockaddr *)&at, &length));
  ends[0] = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  NEEDED(connect(ends[0], (struct sockaddr *)&at, sizeof at));
  ends[1] = NEEDED(accept(server, NULL, NULL));
}

static struct tcp_info information_of(int one) {
  struct tcp_info information = {0};
  socklen_t length = sizeof information;
  if (getsockopt(one, IPPROTO_TCP, TCP_INFO, &information, &length) != 0) CHECK(0);
  if (length < offsetof(struct tcp_info, tcpi_snd_wnd)) CHECK(0);
  return information;
}

static void information(void) {
  static char bytes[100000];
  int lone = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  EQUAL(information_of(lone).tcpi_state, 7);
  close(lone);
  begin();
  struct tcp_info listening = information_of(server);
  EQUAL(listening.tcpi_state, 10);
  EQUAL(listening.tcpi_unacked, 0);
  EQUAL(listening.tcpi_sacked, 7);
  for (int i = 0; i < 10; i++) {
    EQUAL(send(ends[0], bytes, sizeof bytes, 0), sizeof bytes);
    EQUAL(recv(ends[1], bytes, sizeof bytes, MSG_WAITALL), sizeof bytes);
  }
  struct tcp_info sender = information_of(ends[0]), receiver = information_of(ends[1]);
  for (int i = 0; i < 1000 && sender.tcpi_bytes_acked < 1000000; i++) {
    sleep_milliseconds(1);
    sender = information_of(ends[0]);
  }
  EQUAL(sender.tcpi_state, 1);
  EQUAL(sender.tcpi_ca_state, 0);
  EQUAL(sender.tcpi_retransmits, 0);
  EQUAL(sender.tcpi_options & (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE),
        TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE);
  CHECK(sender.tcpi_snd_wscale > 0 && sender.tcpi_rcv_wscale > 0);
  EQUAL(sender.tcpi_snd_wscale, receiver.tcpi_rcv_wscale);
  CHECK(sender.tcpi_rto >= 200000);
  CHECK(sender.tcpi_snd_mss > 500 && sender.tcpi_snd_mss <= 65535);
  EQUAL(sender.tcpi_pmtu, 65535);
  EQUAL(sender.tcpi_unacked, 0);
  EQUAL(sender.tcpi_lost, 0);
  CHECK(sender.tcpi_rtt > 0 && sender.tcpi_rtt < 10000000);
  CHECK(sender.tcpi_min_rtt <= sender.tcpi_rtt);
  CHECK(sender.tcpi_snd_cwnd >= 10);
  CHECK(sender.tcpi_bytes_sent >= 1000000);
  CHECK(sender.tcpi_bytes_acked >= 1000000 && sender.tcpi_bytes_acked <= 1000001);
  EQUAL(receiver.tcpi_bytes_received, 1000000);
  EQUAL(sender.tcpi_bytes_received, 0);
  CHECK(sender.tcpi_segs_out >= sender.tcpi_data_segs_out && sender.tcpi_data_segs_out >= 10);
  CHECK(receiver.tcpi_data_segs_in >= 10 && receiver.tcpi_segs_in > receiver.tcpi_data_segs_in);
  EQUAL(sender.tcpi_data_segs_in, 0);
  EQUAL(sender.tcpi_notsent_bytes, 0);
  CHECK(sender.tcpi_snd_wnd > 10000);
  // As much of it as there is room for.
  socklen_t length = 8;
  unsigned char first[16] = {0};
  WORKS(getsockopt(ends[0], IPPROTO_TCP, TCP_INFO, first, &length));
  EQUAL(length, 8);
  EQUAL(first[0], 1);
  length = -1;
  FAILS(getsockopt(ends[0], IPPROTO_TCP, TCP_INFO, first, &length), EINVAL);
  int value = 1;
  FAILS(setsockopt(ends[0], IPPROTO_TCP, TCP_INFO, &value, sizeof value), ENOPROTOOPT);
  // Nobody reads: what could not be sent is counted.
  while (send(ends[0], bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
  }
  sender = information_of(ends[0]);
  CHECK(sender.tcpi_notsent_bytes > 0);
  WORKS(shutdown(ends[1], SHUT_WR));
  char byte;
  EQUAL(read(ends[0], &byte, 1), 0);
  EQUAL(information_of(ends[0]).tcpi_state, 8);
  close(ends[0]), close(ends[1]), close(server);
}

static int got(int one, int name) {
  int value = -77;
  socklen_t length = sizeof value;
  WORKS(getsockopt(one, IPPROTO_TCP, name, &value, &length));
  EQUAL(length, sizeof value);
  return value;
}

static int set(int one, int name, int value) { return setsockopt(one, IPPROTO_TCP, name, &value, sizeof value); }

static void options(void) {
  int one = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  EQUAL(got(one, TCP_NODELAY), 0);
  EQUAL(got(one, TCP_CORK), 0);
  EQUAL(got(one, TCP_MAXSEG), 536);
  FAILS(set(one, TCP_MAXSEG, 87), EINVAL);
  FAILS(set(one, TCP_MAXSEG, 32768), EINVAL);
  WORKS(set(one, TCP_MAXSEG, 1200));
  EQUAL(got(one, TCP_MAXSEG), 1200);
  EQUAL(got(one, TCP_KEEPIDLE), 7200);
  EQUAL(got(one, TCP_KEEPINTVL), 75);
  EQUAL(got(one, TCP_KEEPCNT), 9);
  FAILS(set(one, TCP_KEEPINTVL, 32768), EINVAL);
  FAILS(set(one, TCP_KEEPCNT, 128), EINVAL);
  EQUAL(got(one, TCP_SYNCNT), 6);
  FAILS(set(one, TCP_SYNCNT, 0), EINVAL);
  WORKS(set(one, TCP_SYNCNT, 3));
  EQUAL(got(one, TCP_SYNCNT), 3);
  EQUAL(got(one, TCP_LINGER2), 60);
  WORKS(set(one, TCP_LINGER2, 5));
  EQUAL(got(one, TCP_LINGER2), 5);
  WORKS(set(one, TCP_LINGER2, -3));
  EQUAL(got(one, TCP_LINGER2), -1);
  WORKS(set(one, TCP_LINGER2, 1000));
  EQUAL(got(one, TCP_LINGER2), 120);
  WORKS(set(one, TCP_LINGER2, 0));
  EQUAL(got(one, TCP_LINGER2), 60);
  EQUAL(got(one, TCP_DEFER_ACCEPT), 0);
  WORKS(set(one, TCP_DEFER_ACCEPT, 1));
  EQUAL(got(one, TCP_DEFER_ACCEPT), 1);
  WORKS(set(one, TCP_DEFER_ACCEPT, 5));
  EQUAL(got(one, TCP_DEFER_ACCEPT), 7);
  EQUAL(got(one, TCP_WINDOW_CLAMP), 0);
  WORKS(set(one, TCP_WINDOW_CLAMP, 1));
  CHECK(got(one, TCP_WINDOW_CLAMP) >= 1000);
  WORKS(set(one, TCP_WINDOW_CLAMP, 100000));
  EQUAL(got(one, TCP_WINDOW_CLAMP), 100000);
  EQUAL(got(one, TCP_QUICKACK), 1);
  WORKS(set(one, TCP_QUICKACK, 0));
  EQUAL(got(one, TCP_QUICKACK), 0);
  EQUAL(got(one, TCP_USER_TIMEOUT), 0);
  FAILS(set(one, TCP_USER_TIMEOUT, -1), EINVAL);
  WORKS(set(one, TCP_USER_TIMEOUT, 1500));
  EQUAL(got(one, TCP_USER_TIMEOUT), 1500);
  EQUAL(got(one, TCP_NOTSENT_LOWAT), 0);
  WORKS(set(one, TCP_NOTSENT_LOWAT, 16384));
  EQUAL(got(one, TCP_NOTSENT_LOWAT), 16384);
  EQUAL(got(one, TCP_FASTOPEN), 0);
  FAILS(setsockopt(one, IPPROTO_TCP, TCP_ULP, "none such", 9), ENOENT);
  char name[32] = "";
  socklen_t length = sizeof name;
  WORKS(getsockopt(one, IPPROTO_TCP, TCP_CONGESTION, name, &length));
  EQUAL(length, 16);
  FAILS(setsockopt(one, IPPROTO_TCP, TCP_CONGESTION, "none such", 9), ENOENT);
  close(one);
}

int main(void) {
  alarm(60);
  information();
  options();
  return finish();
}
