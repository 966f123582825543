/* SIGILL and SIGTRAP: undefined instructions, breakpoints and single steps. */
#include "fault.h"

static volatile int steps;
static volatile unsigned long last_address;

static void count_step(int signal, siginfo_t *information, void *context) {
  ucontext_t *machine = context;
  steps++;
  last_address = machine->uc_mcontext.gregs[REG_RIP];
  if (information->si_code != TRAP_TRACE || information->si_addr != (void *)last_address) steps += 1000;
}

static void skip_instruction(int signal, siginfo_t *information, void *context) {
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

int main(void) {
  catch_faults();
  EQUAL(FAULT(__asm__ volatile("ud2")), SIGILL);
  EQUAL(fault_information.si_code, ILL_ILLOPN);
  EQUAL(fault_information.si_addr, fault_context.uc_mcontext.gregs[REG_RIP]);
  EQUAL(fault_context.uc_mcontext.gregs[REG_TRAPNO], 6);
  EQUAL(FAULT(__asm__ volatile(".byte 0x06")), SIGILL); /* push es: not in 64-bit mode */

  /* A handler that goes on behind the instruction. */
  struct sigaction skip = {.sa_sigaction = skip_instruction, .sa_flags = SA_SIGINFO};
  NEEDED(sigaction(SIGILL, &skip, NULL));
  volatile int reached = 0;
  __asm__ volatile("ud2" ::: "memory");
  reached = 1;
  EQUAL(reached, 1);

  unsigned long after;
  EQUAL(FAULT(__asm__ volatile("int3")), SIGTRAP);
  EQUAL(fault_information.si_code, SI_KERNEL);
  EQUAL(fault_context.uc_mcontext.gregs[REG_TRAPNO], 3);
  EQUAL(((unsigned char *)fault_context.uc_mcontext.gregs[REG_RIP])[-1], 0xcc); /* behind it */

  struct sigaction step = {.sa_sigaction = count_step, .sa_flags = SA_SIGINFO};
  NEEDED(sigaction(SIGTRAP, &step, NULL));
  __asm__ volatile("pushf; orl $0x100, (%%rsp); popf; nop; nop; nop; pushf; andl $~0x100, (%%rsp); popf; lea 0(%%rip), %0"
                   : "=r"(after)::"cc", "memory");
  CHECK(steps >= 5 && steps <= 7);
  CHECK(last_address <= after && after - last_address < 16);
  const int before = steps;
  __asm__ volatile("nop; nop");
  EQUAL(steps, before);
  return finish();
}
