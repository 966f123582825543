/*
 * Hostile system calls: several threads make calls out of the whole table with arguments that are wrong in every way that an
 * argument can be, and now and then right. The kernel must neither panic nor hang; what a call answers does not matter.
 * Arguments: seconds, threads, seed. One seed gives each thread the same calls again, but threads meet each other as they like.
 *
 * It has to survive its own calls:
 *   - Calls that change memory may do so in the arena alone (guard); its code, data and stacks lie elsewhere.
 *   - The kernel is given no pointer to anything of its own but to code, so what a call writes lands in the arena or nowhere.
 *     It lies where the kernel puts a position-independent program: a number out of nowhere would meet low addresses now and then.
 *   - What must not change while the kernel reads it (masks, handlers, stacks) is private to a thread; all else is shared, and changes.
 *   - A fault in its own code (another thread took the arena away) leaves the round by siglongjmp, as does a call that blocks:
 *     the keeper, a thread that makes no hostile calls, sends a signal to whoever has been in one call for long.
 *   - Priorities that the calls have set are put back when a call lasts for long, or the thread would starve, and look as if it hung.
 *   - Every so often the world is put back: arena, descriptors, files, limits, timers.
 * Not for a machine that somebody needs: it ends at once where there is no /proc/unary. Run by tests/src/call-fuzzer.ts.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

typedef uint64_t u64;

#define PAGE 4096UL
#define ARENA 0x200000000000UL
#define ARENA_SIZE (16UL << 20)
#define APPLICATION_END 0x7ffffffff000UL
/* Where the ring of io_uring_setup is mapped: its words, and its entries. */
#define RING 0x210000000000UL
#define RING_ENTRIES 0x210010000000UL
#define RING_LENGTH 64
#define MAXIMUM_THREADS 16
/*
 * A call that takes longer is interrupted, in nanoseconds. One that lasts on may lack processor time: the calls change priorities, and an
 * idle-class thread beside four of the highest gets a hundred-thousandth; all get the same then. One that still goes on is a hang.
 */
#define PATIENCE 20000000LL
#define UNFAIR 1000000000LL
#define HANG 40000000000LL
#define ROUNDS_OF_A_WORLD 3000
#define INTERRUPT SIGUSR1
#define PERTURB SIGUSR2
#define CALLS 471
#define REMEMBERED 16

/* ---- Each thread's own ---------------------------------------------------------------------------------------------------- */

struct call {
  u64 number;
  u64 arguments[6];
};

static struct worker {
  u64 random;
  int id;
  pthread_t thread;
  sigjmp_buf out;
  atomic_int armed;
  /* Its signal stack or mask is not what it should be. */
  int untidy;
  /* It sends itself PERTURB. */
  volatile int perturbs;
  /* Monotonic nanoseconds since which it is in its call; 0 between calls. */
  atomic_llong since;
  atomic_long calls, successes, escapes;
  struct call last[REMEMBERED];
  u64 mapped[64];
  u64 lengths[64];
  unsigned maps;
  sigset_t mask;
  u64 private[64];
  char stack[64 << 10] __attribute__((aligned(64)));
} workers[MAXIMUM_THREADS];

static __thread struct worker *self;
static int worker_count;
static u64 first_break;
static atomic_int started, stopped;
/* Calls that succeeded at least once. */
static atomic_uchar succeeded[CALLS];

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* ---- Chance --------------------------------------------------------------------------------------------------------------- */

static u64 next(void) {
  u64 z = self->random += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

static u64 below(u64 limit) { return next() % limit; }
static int once_in(u64 count) { return below(count) == 0; }

#define ONE_OF(array) ((array)[below(sizeof(array) / sizeof *(array))])

static u64 edge(void) {
  static const u64 values[] = {
      0, 1, 2, 3, 7, 8, 16, 63, 64, 127, 128, 255, 256, 511, 512, 1023, 1024, 4095, 4096, 4097, 8191, 65535, 65536, 1 << 20,
      0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7ffffffff000, 0x7fffffffffff, 0x800000000000, 0x7fffffffffffffff,
      0x8000000000000000, -1UL, -2UL, -4095UL, -4096UL, -4097UL, 1UL << 32, 1UL << 40, 1UL << 46, 1UL << 62, 1000000000, 999999999,
  };
  const u64 value = ONE_OF(values);
  return once_in(4) ? value + below(5) - 2 : value;
}

static u64 number(void) {
  switch (below(6)) {
  case 0: return next();
  case 1: return next() >> below(64);
  case 2: return edge();
  case 3: return 1UL << below(64);
  default: return below(16);
  }
}

static u64 flags(void) {
  switch (below(6)) {
  case 0: return 0;
  case 1: return 1UL << below(32);
  case 2: return (1UL << below(32)) | (1UL << below(32));
  case 3: return next() & next() & next() & 0xffffffff;
  case 4: return next() & 0xffffffff;
  default: return below(32);
  }
}

static u64 length(void) {
  switch (below(8)) {
  case 0: return edge();
  case 1: return below(16) * PAGE;
  case 2: return below(1 << 20);
  default: return below(300);
  }
}

static u64 signal_number(void) { return once_in(8) ? number() : 1 + below(64); }

static u64 process(void) {
  switch (below(8)) {
  case 0: return 0;
  case 1: return -1UL;
  case 2: return number();
  case 3: return 1;
  default: return ONE_OF(workers).id;
  }
}

static u64 descriptor(void) {
  switch (below(16)) {
  case 0: return number();
  case 1: return -1UL;
  case 2: return (u64)AT_FDCWD;
  case 3: return below(1100);
  default: return 3 + below(40);
  }
}

/* ---- Pointers ------------------------------------------------------------------------------------------------------------- */

/* The arena: sixteen parts of 1 MiB with different rights. */
static void make_arena(void) {
  const u64 part = ARENA_SIZE / 16;
  mmap((void *)ARENA, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  munmap((void *)(ARENA + 11 * part), part);
  mprotect((void *)(ARENA + 12 * part), part, PROT_READ);
  mprotect((void *)(ARENA + 13 * part), part, PROT_NONE);
  const int file = open("short", O_RDWR | O_CREAT, 0600);
  if (ftruncate(file, 3 * PAGE + 100) == 0) {
    mmap((void *)(ARENA + 14 * part), part, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
    mmap((void *)(ARENA + 15 * part), part, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 0);
  }
  close(file);
}

static u64 in_arena(void) {
  const u64 page = ARENA + below(ARENA_SIZE / PAGE) * PAGE;
  switch (below(4)) {
  case 0: return page;
  case 1: return page + PAGE - below(64);
  default: return page + below(PAGE / 8) * 8;
  }
}

/* Somewhere to which this thread can write most of the time. */
static u64 room(void) { return ARENA + below(10 * ARENA_SIZE / 16 / 64) * 64; }

static u64 wild_pointer(void) {
  switch (below(10)) {
  case 0: return 0;
  case 1: return below(PAGE);
  case 2: return APPLICATION_END - below(64);
  case 3: return APPLICATION_END + below(2 * PAGE);
  case 4: return 0x800000000000 + below(1 << 20);
  case 5: return 0xffff800000000000 + (next() >> 20);
  case 6: return 0xffffffff80000000 + below(32 << 20);
  case 7: return (0xffffc00000000000 + (below(2) << 44)) + below(64 << 20);
  case 8: return (u64)make_arena & ~below(16);
  default: return next();
  }
}

static u64 pointer(void) { return once_in(3) ? wild_pointer() : once_in(2) ? in_arena() : room(); }

static void fill_words(u64 *words, int count) {
  for (int i = 0; i < count; i++) {
    switch (below(8)) {
    case 0: words[i] = number(); break;
    case 1: words[i] = pointer(); break;
    case 2: words[i] = edge(); break;
    case 3: words[i] = flags() << 32 | flags(); break;
    case 4: words[i] = descriptor() << 32 | below(64); break;
    case 5: words[i] = below(64) << 32 | (descriptor() & 0xffffffff); break;
    default: words[i] = below(256); break;
    }
  }
}

static u64 structure(void) {
  if (once_in(8)) return pointer();
  const u64 place = room();
  fill_words((u64 *)place, 1 + below(16));
  return place;
}

static u64 path(void) {
  static const char *const paths[] = {
      "a", "b", "a/b", "c", "d", "d/e", "d/..", ".", "..", "/", "", "/proc/self/maps", "/proc/self/status", "/proc/self/fd", "/proc/self/fd/5",
      "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/1/task/1/stat", "/proc/self/cmdline", "/proc/self/mem", "/dev/null", "/dev/zero", "/dev/full", "/dev/urandom",
      "/dev/shm", "/dev/shm/x", "/dev/fd/7", "/tmp", "/tmp/x", "/sys/devices/system/cpu/online", "/sys/devices/system/cpu", "/proc/unary/system-call-sites",
      "/nothing/at/all", "a/", "d/", "link", "link/x", "loop", "/proc/sys/kernel/osrelease", "/proc/sys/vm/overcommit_memory", "/etc", "fifo", "//d///e//", "short", "socket", "/proc/stat",
  };
  if (once_in(10)) return pointer();
  const u64 place = room();
  char *const text = (char *)place;
  switch (below(12)) {
  case 0: {
    const u64 size = 1 + below(5000);
    memset(text, once_in(2) ? '/' : 'x', size);
    text[size] = 0;
    break;
  }
  case 1:
    for (int i = 0; i < 20; i++) text[i] = next();
    text[20] = 0;
    break;
  default: strcpy(text, ONE_OF(paths)); break;
  }
  return place;
}

static u64 time_structure(void) {
  if (once_in(6)) return 0;
  if (once_in(8)) return structure();
  const u64 place = room();
  u64 *const words = (u64 *)place;
  for (int i = 0; i < 4; i += 2) {
    words[i] = once_in(6) ? number() : 0;
    words[i + 1] = once_in(6) ? number() : below(2000000);
  }
  return place;
}

static u64 vectors(void) {
  if (once_in(8)) return structure();
  const u64 place = room();
  u64 *const words = (u64 *)place;
  for (int i = 0; i < 16; i += 2) {
    words[i] = pointer();
    words[i + 1] = once_in(5) ? number() : below(6000);
  }
  return place;
}

static u64 polled(void) {
  const u64 place = room();
  u64 *const words = (u64 *)place;
  for (int i = 0; i < 8; i++) words[i] = (next() & 0xffff) << 32 | (descriptor() & 0xffffffff);
  return place;
}

static u64 futex_word(void) {
  if (once_in(4)) return pointer();
  const u64 place = ARENA + below(16) * 4;
  if (once_in(3)) *(volatile uint32_t *)place = once_in(2) ? below(3) : process() | (once_in(3) ? FUTEX_WAITERS : 0);
  return place;
}

/* A mask that lets the keeper's signal and faults through. */
static u64 safe_mask(void) {
  if (once_in(3)) {
    const u64 pointer = wild_pointer();
    /* Code can be read, and would be any mask. */
    return (u64)make_arena - pointer < 16 ? 0 : pointer;
  }
  self->private[0] = next() & ~(1UL << (INTERRUPT - 1) | 1UL << (SIGSEGV - 1) | 1UL << (SIGBUS - 1) | 1UL << (SIGILL - 1) |
                               1UL << (SIGFPE - 1) | 1UL << (SIGTRAP - 1));
  return (u64)&self->private[0];
}

/* What it gives may be mapped, unmapped and moved. */
static u64 changeable(void) {
  const u64 page = ARENA + below(ARENA_SIZE / PAGE) * PAGE;
  return once_in(10) ? page + below(PAGE) : page;
}

static u64 operation(void) { return once_in(4) ? number() : below(64); }

/* ---- Calls ---------------------------------------------------------------------------------------------------------------- */

/*
 * One letter an argument:
 * d descriptor  p pointer  S structure  s path  n length  i number  x flags  t times  v vectors  l polled descriptors  u futex word
 * g signal      w process  m mask  M mask and length  A changeable address        o operation       0 nothing
 * A call that is not here gets anything. "-": not made (it ends the program, or the keeper could not end it).
 */
static const char *const signatures[CALLS] = {
    [0] = "dpn", "dpn", "sxi", "d", "sp", "dp", "sp", "lni", "dii", "Anxxdi",
    [10] = "Anx", "An", "i", "gSpi", "ipp", "-", "doS", "dpni", "dpni", "dvi",
    [20] = "dvi", "sx", "p", "iSSSt", "0", "Annx", "Anx", "Anp", "Ano", "iix",
    [30] = "ipx", "iiS", "d", "dd", "0", "tp", "ip", "i", "iSp", "0",
    [40] = "ddpn", "iii", "dSn", "dSS", "dpnxSn", "dpnxSS", "dSx", "dSx", "di", "dSn",
    [50] = "di", "dSS", "dSS", "iiiS", "diiSn", "diiSS", "-", "0", "0", "sSS",
    [60] = "-", "wpxp", "wg", "p", "iix", "iSn", "iiiS", "p", "ix", "iSnx",
    [70] = "iSnix", "iiS", "diS", "dx", "d", "d", "si", "di", "dpn", "pn",
    [80] = "s", "d", "ss", "sx", "s", "sx", "ss", "s", "ss", "spn",
    [90] = "sx", "dx", "sii", "dii", "sii", "x", "pp", "ip", "ip", "p",
    [100] = "p", "iwpp", "0", "opn", "0", "i", "i", "0", "0", "wi",
    [110] = "0", "0", "0", "ii", "ii", "np", "nS", "iii", "ppp", "iii",
    [120] = "ppp", "w", "i", "i", "w", "pS", "SS", "pn", "mptn", "wgS",
    [130] = "mi", "-", "sS", "sxi", "s", "i", "ip", "sp", "dp", "oii",
    [140] = "iw", "iwi", "iS", "wp", "ioS", "w", "i", "i", "wp", "An",
    [150] = "An", "x", "0", "0", "iSn", "ss", "S", "oiiii", "oi", "S",
    [160] = "iS", "s", "0", "s", "-", "ssSxS", "sx", "sx", "s", "-",
    [170] = "sn", "sn", "i", "iii", "sn", "Sns", "sx", "p", "ssS", "iisp",
    [180] = "i", "p", "p", "p", "p", "p", "0", "din", "sspnx", "sspnx",
    [190] = "dspnx", "sspn", "sspn", "dspn", "spn", "spn", "dpn", "ss", "ss", "ds",
    [200] = "wg", "p", "uoituI", "inS", "wnp", "S", "ip", "i", "iiipt", "iiv",
    [210] = "iSp", "S", "spn", "i", "i", "i", "Annix", "dpn", "p", "0",
    [220] = "iSnt", "dino", "iSp", "ixSp", "ip", "i", "i", "it", "ip", "ip",
    [230] = "ixtp", "-", "dpii", "didS", "wwg", "sS", "i", "Anxpix", "xpi", "ppipi",
    [240] = "sxxS", "s", "ipnit", "ipnpt", "iS", "iSp", "iinS", "iwpxp", "sssSi", "ssSi",
    [250] = "oiiii", "iii", "ii", "0", "dsx", "di", "ippp", "dsxi", "dsx", "dsxi",
    [260] = "dsiix", "dsS", "dspx", "dsx", "dsds", "dsdsx", "sds", "dspn", "dsx", "dsx",
    [270] = "iSSStM", "lntmi", "x", "Si", "wpp", "dpdpnx", "ddnx", "diix", "dvix", "wnvpox",
    [280] = "dsSx", "dpiimi", "dmix", "ix", "i", "dxii", "dxSp", "dp", "dSSx", "dmix",
    [290] = "ix", "x", "ddx", "px", "x", "dviii", "dviii", "wwgS", "Swdix", "dSixt",
    [300] = "xx", "iiisi", "wiSp", "dsppx", "dSx", "iS", "d", "dSnx", "di", "pp",
    [310] = "wvivix", "wvivix", "wwoii", "dsx", "wSx", "wSnx", "dsdsx", "oxS", "pnx", "sx",
    [320] = "ddnsx", "oSn", "dsSSx", "x", "oxi", "Anx", "dpdpnx", "dviiix", "dviiix", "Anxi",
    [330] = "xi", "i", "dsxxp", "iiiptM", "Snxi", "0",
    [424] = "dgSx", "iS", "diixmn", "dopi", "dsx", "dsdsx", "sx", "dosSi", "dxx", "dsx",
    [434] = "wx", "-", "ddx", "dsSn", "ddx", "dsix", "dvnox", "dpitmi", "dsxSn", "ox",
    [444] = "Snx", "doSx", "dx", "x", "dx", "vnxto", "Anix", "iSSx", "dsxi", "Anx",
    [454] = "uixx", "uiitx", "vxii", "Snpx", "SnpX",
};

/* Whether an address and length of a call that changes memory leave everything but the arena as it is. */
static int is_harmless(u64 address, u64 size) {
  if (address >= ARENA && address <= ARENA + ARENA_SIZE && size <= ARENA + ARENA_SIZE - address) return 1;
  /* Below that, a length beyond all addresses may still have an effect on what is mapped before: madvise has. */
  return address >= APPLICATION_END || address + size < address;
}

/* Changes a call that would end the program, or take it what it needs. Says whether it is made at all. */
static int guard(struct call *call) {
  u64 *const a = call->arguments;
  switch (call->number) {
  case SYS_mmap:
    if ((a[3] & (MAP_FIXED | 0x100000)) == 0) {
      if (a[1] < 1UL << 46) a[1] %= ARENA_SIZE;
      break;
    }
    /* fall through */
  case SYS_munmap: case SYS_mprotect: case SYS_madvise: case SYS_remap_file_pages: case SYS_pkey_mprotect:
  case 462: /* mseal */
    if (!is_harmless(a[0], a[1])) {
      a[0] = changeable();
      a[1] = below(ARENA + ARENA_SIZE - a[0]);
    }
    break;
  case SYS_mremap:
    if (!is_harmless(a[0], a[1])) {
      a[0] = changeable();
      a[1] = below(ARENA + ARENA_SIZE - a[0]);
    }
    if (a[2] < 1UL << 46) a[2] %= ARENA_SIZE / 2;
    if ((a[3] & 2) != 0 && !is_harmless(a[4], a[2])) {
      a[4] = changeable();
      a[2] = below(ARENA + ARENA_SIZE - a[4]);
    }
    break;
  case SYS_mlockall: a[0] &= ~2UL; break;
  case SYS_brk: if (a[0] < first_break) a[0] = first_break + a[0] % (4 << 20); else if (a[0] < APPLICATION_END) a[0] = first_break; break;
  case SYS_shmat: return 0;
  case SYS_kill: case SYS_tkill: case SYS_rt_sigqueueinfo: case SYS_pidfd_send_signal:
    if ((uint32_t)a[1] == SIGKILL || (uint32_t)a[1] == SIGSTOP) return 0;
    break;
  case SYS_tgkill: case SYS_rt_tgsigqueueinfo:
    if ((uint32_t)a[2] == SIGKILL || (uint32_t)a[2] == SIGSTOP) return 0;
    break;
  case SYS_rt_sigaction:
    if (once_in(2)) a[1] = 0;
    else if (a[1] < APPLICATION_END && a[1] >= PAGE) return 0;
    break;
  case SYS_rt_sigprocmask: a[1] = safe_mask(); a[3] = once_in(4) ? number() : 8; if ((uint32_t)a[0] == SIG_SETMASK || once_in(2)) a[0] = below(2); break;
  case SYS_timer_create:
    if (once_in(2)) {
      a[1] = 0;
    } else {
      fill_words(self->private + 8, 8);
      self->private[9] = (self->private[9] & ~0xffffffffUL) | (once_in(4) ? 65 + below(100) : 32 + below(32));
      a[1] = (u64)(self->private + 8);
    }
    break;
  case SYS_fcntl:
    if (a[0] < 3 || (uint32_t)a[1] == F_SETSIG) return 0;
    break;
  case SYS_prctl: if (a[0] == 22 || a[0] == 59 || a[0] == 26 || a[0] == 1) return 0; break;
  case SYS_arch_prctl: if ((uint32_t)a[0] == 0x1002 || (uint32_t)a[0] == 0x1012) return 0; break;
  case SYS_setrlimit: if ((uint32_t)a[0] == RLIMIT_CPU || (uint32_t)a[0] == RLIMIT_RTTIME) return 0; break;
  case SYS_prlimit64: if ((uint32_t)a[1] == RLIMIT_CPU || (uint32_t)a[1] == RLIMIT_RTTIME) return 0; break;
  case SYS_sched_setscheduler: case SYS_sched_setparam: case SYS_sched_setattr: if (a[0] != 0 && a[0] < 100000) a[0] = 0; break;
  case SYS_fallocate: if (a[3] < 1UL << 45) a[3] %= 4 << 20; break;
  case SYS_write: case SYS_pwrite64: case SYS_writev: case SYS_pwritev: case SYS_pwritev2: case SYS_close: case SYS_dup: case SYS_sendfile:
  case SYS_vmsplice: case SYS_ioctl: case SYS_close_range:
    if ((uint32_t)a[0] < 3) a[0] = 3 + below(40);
    break;
  case SYS_dup2: case SYS_dup3: case SYS_tee:
    if ((uint32_t)a[0] < 3) a[0] = 3 + below(40);
    if ((uint32_t)a[1] < 3) a[1] = 3 + below(40);
    break;
  case SYS_splice: case SYS_copy_file_range:
    if ((uint32_t)a[2] < 3) a[2] = 3 + below(40);
    break;
  case SYS_process_vm_writev: case SYS_process_madvise: case SYS_seccomp: case SYS_ptrace: return 0;
  case SYS_set_robust_list: case SYS_rseq: case SYS_set_tid_address: return once_in(2);
  }
  return 1;
}

static u64 argument(char letter) {
  if (letter == 'm') return safe_mask();
  if (letter == 'M') {
    self->private[1] = safe_mask();
    self->private[2] = once_in(4) ? number() : 8;
    return (u64)&self->private[1];
  }
  if (once_in(12)) return number();
  if (once_in(30)) return wild_pointer();
  switch (letter) {
  case 'd': return descriptor();
  case 'p': return pointer();
  case 'S': return structure();
  case 's': return path();
  case 'n': return length();
  case 'x': return flags();
  case 't': return time_structure();
  case 'v': return vectors();
  case 'l': return polled();
  case 'u': return futex_word();
  case 'g': return signal_number();
  case 'w': return process();
  case 'A': return changeable();
  case 'o': return operation();
  case '0': return 0;
  default: return number();
  }
}

/* clone and clone3: a child ends at once, by the kernel's way out, after it has left a list of futexes that are no list. */
static long clone_child(u64 number, const u64 *a, u64 list) {
  long result;
  register u64 r10 __asm__("r10") = a[3];
  register u64 r8 __asm__("r8") = a[4];
  register u64 r12 __asm__("r12") = list;
  __asm__ volatile("syscall\n test %%rax, %%rax\n jnz 1f\n"
                   "mov $273, %%eax\n mov %%r12, %%rdi\n mov $24, %%esi\n syscall\n"
                   "2: mov $60, %%eax\n xor %%edi, %%edi\n syscall\n jmp 2b\n"
                   "1:"
                   : "=a"(result)
                   : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r12)
                   : "rcx", "r11", "memory");
  return result;
}

/* The child has this thread's `self`, so it must not run a handler: it begins with all signals blocked. */
static void clone_round(void) {
  sigset_t all;
  sigfillset(&all);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8);
  self->untidy = 1;
  static const u64 usual = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  const u64 extra = CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | CLONE_SETTLS;
  u64 words[6] = {(once_in(3) ? flags() << below(32) : usual) | (next() & extra), room() & ~15UL, pointer(), pointer(), pointer(), 0};
  if (once_in(2)) {
    clone_child(SYS_clone, words, in_arena());
    return;
  }
  /* A fault here would end the program, for its signal is blocked: so not in the arena. */
  u64 *const structure = self->private + 16;
  fill_words(structure, 11);
  structure[0] = words[0];
  structure[4] = 0;
  structure[5] = room() & ~15UL;
  structure[6] = below(8) * PAGE;
  words[0] = (u64)structure;
  words[1] = once_in(4) ? number() : 88;
  clone_child(SYS_clone3, words, in_arena());
}

/* What a handler leaves in its frame goes back into the processor: rt_sigreturn must refuse, or survive, all of it. */
static void on_perturb(int signal, siginfo_t *information, void *context) {
  /* Anywhere else the registers hold what it needs to survive. */
  if (self == NULL || !self->perturbs) return;
  ucontext_t *const frame = context;
  greg_t *const registers = frame->uc_mcontext.gregs;
  static const u64 places[] = {0, 1, 0x7ffffffff000, 0x800000000000, 0xffff800000000000, 0xffffffff80100000, 0xffffc00000000000, -1UL};
  u64 *const state = (u64 *)frame->uc_mcontext.fpregs;
  const u64 limit = 1 + below(3);
  for (u64 changes = 1; changes <= limit; changes++) {
    switch (below(8)) {
    case 0: registers[REG_RIP] = ONE_OF(places); break;
    case 1: registers[REG_RSP] = ONE_OF(places); break;
    case 2: registers[REG_EFL] = next() & ~(once_in(2) ? 0x500UL : 0x400UL); break;
    case 3: registers[REG_CSGSFS] = next(); break;
    case 4: frame->uc_mcontext.fpregs = (void *)pointer(); break;
    case 5:
      if (state != NULL) state[below(512 / 8)] = next();
      break;
    case 6:
      if (state != NULL) state[64 + below(8)] = once_in(2) ? number() : 1UL << below(64);
      break;
    case 7:
      /* Nothing may be handled until restore_stack: neither a fault that this would cause, nor a signal. */
      if (changes > 1) break;
      frame->uc_stack.ss_sp = (void *)pointer(), frame->uc_stack.ss_size = number() & 0xfffff, frame->uc_stack.ss_flags = number();
      sigfillset(&frame->uc_sigmask);
      self->untidy = 1;
      return;
    }
  }
  frame->uc_flags = once_in(2) ? frame->uc_flags : next();
}

static void restore_stack(void) {
  const stack_t stack = {.ss_sp = self->stack, .ss_size = sizeof self->stack};
  sigaltstack(&stack, NULL);
}

static void remember_mapping(u64 address, u64 size) {
  const unsigned slot = self->maps++ % 64;
  if (self->lengths[slot] != 0) munmap((void *)self->mapped[slot], self->lengths[slot]);
  self->mapped[slot] = address;
  self->lengths[slot] = (size + PAGE - 1) & ~(PAGE - 1);
}

static void make_call(struct call *call) {
  u64 *const a = call->arguments;
  self->last[self->calls % REMEMBERED] = *call;
  const u64 size = a[1], fixed = a[3] & (MAP_FIXED | 0x100000);
  const long result = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (result == -1) return;
  self->successes++;
  if (call->number < CALLS) succeeded[call->number] = 1;
  if (call->number == SYS_mmap && !fixed) remember_mapping(result, size);
  if (call->number == SYS_mremap && ((u64)result < ARENA || (u64)result >= ARENA + ARENA_SIZE)) remember_mapping(result, a[2]);
}

/* ---- Rings ---------------------------------------------------------------------------------------------------------------- */

static volatile int ring;
static struct io_uring_params ring_parameters;

/* A new ring for the world: its memory is never anything that other calls change. */
static void make_ring(void) {
  struct io_uring_params parameters = {0};
  if (once_in(3)) parameters.flags = IORING_SETUP_SQPOLL, parameters.sq_thread_idle = below(20);
  mmap((void *)RING, PAGE * 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  mmap((void *)RING_ENTRIES, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  const int made = syscall(SYS_io_uring_setup, RING_LENGTH, &parameters);
  if (made < 0) return;
  mmap((void *)RING, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, made, IORING_OFF_SQ_RING);
  mmap((void *)RING_ENTRIES, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, made, IORING_OFF_SQES);
  ring_parameters = parameters;
  ring = made;
}

/* An entry: made here and then copied, for the kernel may be looking. Threads write into each other's. */
static void make_entry(struct io_uring_sqe *place) {
  union {
    struct io_uring_sqe entry;
    u64 words[8];
  } made;
  memset(&made, 0, sizeof made);
  made.entry.opcode = once_in(20) ? next() : below(49);
  made.entry.flags = once_in(3) ? next() & next() : 0;
  made.entry.fd = descriptor();
  if ((unsigned)made.entry.fd < 3 && made.entry.opcode != IORING_OP_CLOSE) made.entry.fd = 3 + below(40);
  if (made.entry.opcode == IORING_OP_CLOSE) made.entry.fd = 3 + below(60);
  made.entry.addr = once_in(8) ? number() % 64 : once_in(4) ? structure() : once_in(3) ? path() : once_in(2) ? vectors() : room();
  made.entry.len = once_in(3) ? below(4) : length();
  made.entry.off = once_in(3) ? -1UL : once_in(3) ? room() : once_in(2) ? path() : below(8);
  if (once_in(3)) made.entry.rw_flags = flags();
  if (once_in(4)) made.entry.buf_index = below(4);
  if (once_in(4)) made.entry.file_index = once_in(4) ? -1 : below(40);
  if (once_in(20)) made.words[below(8)] = number();
  made.entry.user_data = below(8);
  if (made.entry.opcode == IORING_OP_FALLOCATE) made.entry.addr %= 4 << 20;
  if (made.entry.opcode == IORING_OP_MADVISE && !is_harmless(made.entry.addr, made.entry.len)) made.entry.len = 0;
  if (made.entry.opcode == IORING_OP_TIMEOUT) made.entry.len = 1, made.entry.addr = time_structure();
  memcpy(place, &made, sizeof made);
}

/* Some entries, right or not, and what the application says in the ring's words, true or not. */
static void ring_round(void) {
  const struct io_uring_params p = ring_parameters;
  if (p.sq_entries == 0) return;
  volatile uint32_t *const tail = (uint32_t *)(RING + p.sq_off.tail % PAGE);
  const uint32_t count = 1 + below(8);
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t place = below(RING_LENGTH);
    make_entry((struct io_uring_sqe *)RING_ENTRIES + place);
    *(volatile uint32_t *)(RING + (p.sq_off.array + 4 * ((*tail + i) % RING_LENGTH)) % PAGE) = once_in(30) ? number() : place;
  }
  *tail += once_in(30) ? number() : count;
  if (once_in(4)) *(volatile uint32_t *)(RING + p.cq_off.head % PAGE) = *(volatile uint32_t *)(RING + p.cq_off.tail % PAGE);
  if (once_in(40)) *(volatile uint32_t *)(RING + below(PAGE / 4) * 4) = number();
  struct call call = {SYS_io_uring_enter, {ring, once_in(20) ? number() : count, below(3), once_in(20) ? flags() : below(4), 0, 0}};
  make_call(&call);
  if (!once_in(20)) return;
  struct call registration = {SYS_io_uring_register, {ring, below(26), structure(), once_in(4) ? number() : below(8), 0, 0}};
  make_call(&registration);
}

/* One call with its arguments. Whatever happens in it ends here, or at the return of sigsetjmp. */
static void attempt(void) {
  if (once_in(40)) {
    clone_round();
    return;
  }
  if (once_in(60)) {
    self->perturbs = 1;
    syscall(SYS_tgkill, getpid(), self->id, PERTURB);
    self->perturbs = 0;
    return;
  }
  if (once_in(20)) {
    ring_round();
    return;
  }
  struct call call;
  call.number = once_in(100) ? number() : below(CALLS);
  const char *const signature = call.number < CALLS && signatures[call.number] != NULL ? signatures[call.number] : "SSSxii";
  if (signature[0] == '-' || call.number == 0xffffffffffffffff) return;
  int i = 0;
  for (; i < 6 && signature[i] != 0; i++) call.arguments[i] = argument(signature[i]);
  for (; i < 6; i++) call.arguments[i] = number();
  /* The low half is what the table sees in some entries. */
  if (call.number >= CALLS && (uint32_t)call.number < CALLS) return;
  if (guard(&call)) make_call(&call);
}

/* ---- The world ------------------------------------------------------------------------------------------------------------ */

static void open_descriptors(void) {
  int pair[2];
  for (int i = 0; i < 3; i++) {
    if (pipe2(pair, i == 0 ? O_NONBLOCK : 0) != 0) return;
  }
  open("a", O_RDWR | O_CREAT | O_TRUNC, 0644);
  open("b", O_RDWR | O_CREAT | O_APPEND, 0644);
  open(".", O_RDONLY | O_DIRECTORY);
  open("d", O_RDONLY | O_DIRECTORY);
  open("/proc/self/maps", O_RDONLY);
  open("/proc/self/status", O_RDONLY);
  open("/dev/zero", O_RDWR);
  open("/dev/null", O_RDWR);
  open("/dev/urandom", O_RDONLY);
  open("/tmp", O_RDWR | O_TMPFILE, 0600);
  open("a", O_PATH);
  open("fifo", O_RDWR | O_NONBLOCK);
  eventfd(1, 0);
  eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);
  timerfd_create(CLOCK_MONOTONIC, 0);
  timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, 40);
  signalfd(-1, &set, SFD_NONBLOCK);
  const int poll = epoll_create1(0), outer = epoll_create1(0);
  struct epoll_event event = {EPOLLIN | EPOLLOUT, {0}};
  for (int i = 3; i < 12; i++) epoll_ctl(poll, EPOLL_CTL_ADD, i, &event);
  epoll_ctl(outer, EPOLL_CTL_ADD, poll, &event);
  syscall(SYS_memfd_create, "memory", 3);
  syscall(SYS_inotify_init1, 0);
}

static void make_world(void) {
  if (chdir("/tmp/world") != 0) {
    mkdir("/tmp", 0777);
    mkdir("/tmp/world", 0777);
    if (chdir("/tmp/world") != 0) return;
  }
  static const char *const files[] = {"a", "b", "c", "d/e", "link", "loop", "fifo", "short", "/tmp/x", "/dev/shm/x"};
  syscall(SYS_close_range, 3, ~0U, 0);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) unlink(files[i]);
  const struct rlimit files_limit = {1024, 4096}, free_limit = {RLIM_INFINITY, RLIM_INFINITY}, stack_limit = {8 << 20, RLIM_INFINITY};
  for (int i = 1; i < 16; i++) setrlimit(i, i == RLIMIT_NOFILE ? &files_limit : i == RLIMIT_STACK ? &stack_limit : &free_limit);
  const struct itimerval none = {{0, 0}, {0, 0}};
  for (int i = 0; i < 3; i++) setitimer(i, &none, NULL);
  for (long i = 0; i < 200; i++) syscall(SYS_timer_delete, i);
  munlockall();
  mkdir("d", 0777);
  mkfifo("fifo", 0666);
  if (symlink("d/e", "link") != 0 || symlink("loop", "loop") != 0) umask(0);
  make_arena();
  make_ring();
  open_descriptors();
  syscall(SYS_brk, first_break);
}

/* ---- Threads -------------------------------------------------------------------------------------------------------------- */

static void print_all_calls(void);

/* Faults of one thread in a row that nothing caught. */
static __thread int stray_faults;

static int is_fault(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGTRAP;
}

static void on_signal(int signal, siginfo_t *information, void *context) {
  if (self == NULL || !self->armed) {
    /* A fault that comes again and again is one of the fuzzer's own code or data: somebody's call has changed them. */
    if (information->si_code <= 0 || !is_fault(signal) || stray_faults++ < 1000) return;
    printf("signal %d at %p in the fuzzer itself\n", signal, information->si_addr);
    print_all_calls();
    _exit(3);
  }
  stray_faults = 0;
  /* Other signals than the keeper's and faults only interrupt. */
  if (signal != INTERRUPT && information->si_code <= 0) return;
  if (signal != INTERRUPT && !is_fault(signal)) return;
  self->armed = 0;
  self->escapes++;
  siglongjmp(self->out, 1);
}

/* Puts a thread back to what it began with. @param id 0: the caller */
static void set_plain_priority(int id) {
  const struct sched_param plain = {0};
  syscall(SYS_sched_setscheduler, id, SCHED_OTHER, &plain);
  setpriority(PRIO_PROCESS, id, 0);
}

static void *work(void *argument) {
  self = argument;
  self->id = syscall(SYS_gettid);
  while (!started) sched_yield();
  for (volatile long round = -1; !stopped;) {
    const int escaped = sigsetjmp(self->out, 0);
    if (escaped) __asm__ volatile("lea -128(%%rsp), %%rsp; pushq $0x202; popfq; lea 128(%%rsp), %%rsp; fninit" ::: "cc", "memory");
    if (round % 16 == 0 || escaped || self->untidy) {
      self->untidy = 0;
      self->perturbs = 0;
      restore_stack();
      sigprocmask(SIG_SETMASK, &self->mask, NULL);
    }
    round++;
    self->calls++;
    const int remakes = self == workers && round % ROUNDS_OF_A_WORLD == 0;
    self->since = remakes ? 0 : now();
    self->armed = 1;
    __asm__ volatile("" ::: "memory");
    if (remakes) make_world();
    else attempt();
    self->armed = 0;
    self->since = 0;
    if (round % 64 == 63) {
      set_plain_priority(0);
      const u64 all = ~0UL;
      syscall(SYS_sched_setaffinity, 0, 8, &all);
    }
  }
  return NULL;
}

static void print_calls(const struct worker *worker) {
  for (long i = worker->calls - REMEMBERED + 1; i <= worker->calls; i++) {
    if (i < 0) continue;
    const struct call *const call = &worker->last[i % REMEMBERED];
    const u64 *const a = call->arguments;
    printf("  %ld: %lu(%#lx, %#lx, %#lx, %#lx, %#lx, %#lx)\n", i, call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
  }
}

/* The last calls of each thread: what one of them meets may be another one's doing. */
static void print_all_calls(void) {
  for (int i = 0; i < worker_count; i++) {
    printf("thread %d, its last calls:\n", workers[i].id);
    print_calls(&workers[i]);
  }
  fflush(stdout);
}

static void install_handlers(void) {
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  /* A handler that another signal interrupts would need more than one stack. */
  sigfillset(&action.sa_mask);
  for (int i = 1; i <= 64; i++) sigaction(i, &action, NULL);
  action.sa_sigaction = on_perturb;
  sigaction(PERTURB, &action, NULL);
}

/* Interrupts who is in one call for too long, until the time is over. */
static int keep(long long until) {
  while (now() < until) {
    const struct timespec pause = {0, PATIENCE / 4};
    nanosleep(&pause, NULL);
    set_plain_priority(0);
    for (int i = 0; i < worker_count; i++) {
      const long long since = workers[i].since;
      if (since == 0 || workers[i].id == 0) continue;
      const long long time = now() - since;
      if (time > HANG) {
        print_all_calls();
        printf("thread %d does not return from its call\n", workers[i].id);
        return 1;
      }
      if (time > UNFAIR) {
        for (int k = 0; k < worker_count; k++) set_plain_priority(workers[k].id);
      }
      if (time > PATIENCE) syscall(SYS_tgkill, getpid(), workers[i].id, INTERRUPT);
    }
  }
  return 0;
}

int main(int count, char **words) {
  const long seconds = count > 1 ? atol(words[1]) : 10;
  worker_count = count > 2 ? atoi(words[2]) : 4;
  const u64 seed = count > 3 ? strtoull(words[3], NULL, 0) : (u64)now();
  if (access("/proc/unary", F_OK) != 0) {
    puts("not here: these calls are for a machine that nobody needs");
    return 2;
  }
  if (worker_count < 1 || worker_count > MAXIMUM_THREADS) return 2;
  static char output[1 << 16];
  setvbuf(stdout, output, _IOFBF, sizeof output);
  printf("seed %lu, %d threads\n", seed, worker_count);
  fflush(stdout);
  install_handlers();
  first_break = syscall(SYS_brk, 0);
  self = &workers[0];
  make_world();
  sigset_t all;
  sigfillset(&all);
  for (int i = 0; i < worker_count; i++) {
    workers[i].random = seed * MAXIMUM_THREADS + i;
    sigemptyset(&workers[i].mask);
  }
  self = NULL;
  /* The keeper takes no signals; its timer comes from nobody. */
  sigprocmask(SIG_BLOCK, &all, NULL);
  for (int i = 0; i < worker_count; i++) {
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) return 2;
  }
  /* The C library's own two, whose handlers it has just installed: they trust their sender. */
  const u64 ignore[4] = {(u64)SIG_IGN};
  for (int i = 32; i <= 33; i++) syscall(SYS_rt_sigaction, i, ignore, NULL, 8);
  started = 1;
  const int hung = keep(now() + seconds * 1000000000);
  stopped = 1;
  long calls = 0, successes = 0, escapes = 0, kinds = 0;
  for (int i = 0; i < worker_count; i++) {
    calls += workers[i].calls;
    successes += workers[i].successes;
    escapes += workers[i].escapes;
  }
  for (int i = 0; i < CALLS; i++) kinds += succeeded[i];
  printf("%ld calls, %ld worked, of %ld kinds, %ld left by a signal\n", calls, successes, kinds, escapes);
  if (count > 4) {
    for (int i = 0; i < CALLS; i++) if (!succeeded[i] && signatures[i]) printf("%d ", i);
    puts("");
  }
  fflush(stdout);
  if (hung) {
    /* The kernel prints the stacks of all threads. */
    const u64 usual[4] = {(u64)SIG_DFL};
    syscall(SYS_rt_sigaction, SIGQUIT, usual, NULL, 8);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    kill(getpid(), SIGQUIT);
  }
  syscall(SYS_exit_group, 0);
}
