/* SIGFPE: integers and floating point, with the code of what went wrong, and the instruction's address. */
#include "fault.h"
#include <fenv.h>

static volatile int zero = 0;
static volatile long double zero_double = 0.0L, one = 1.0L, huge = 1e4932L, tiny = 1e-4932L;

static int with_traps(int exceptions, void (*operation)(void)) {
  feclearexcept(FE_ALL_EXCEPT);
  feenableexcept(exceptions);
  const int signal = FAULT({
    operation();
    __asm__ volatile("fwait" ::: "memory");
  });
  fedisableexcept(FE_ALL_EXCEPT);
  return signal;
}

static volatile long double result;
static void divide(void) { result = one / zero_double; }
static void invalid(void) { result = zero_double / zero_double; }
static void overflow(void) { result = huge * huge; }
static void underflow(void) { result = tiny / huge; }
static void inexact(void) { result = one / 3.0L; }

int main(void) {
  catch_faults();
  EQUAL(FAULT(__asm__ volatile("idivl %%ecx" ::"a"(1), "d"(0), "c"(zero))), SIGFPE);
  EQUAL(fault_information.si_code, FPE_INTDIV);
  EQUAL(fault_information.si_addr, fault_context.uc_mcontext.gregs[REG_RIP]);
  EQUAL(fault_context.uc_mcontext.gregs[REG_TRAPNO], 0);
  EQUAL(FAULT(__asm__ volatile("idivl %%ecx" ::"a"(0x80000000), "d"(-1), "c"(-1))), SIGFPE);
  EQUAL(fault_information.si_code, FPE_INTDIV);

  EQUAL(FAULT(divide()), 0); /* masked by default */
  EQUAL(with_traps(FE_DIVBYZERO, divide), SIGFPE);
  EQUAL(fault_information.si_code, FPE_FLTDIV);
  EQUAL(fault_context.uc_mcontext.gregs[REG_TRAPNO], 16);
  EQUAL(with_traps(FE_INVALID, invalid), SIGFPE);
  EQUAL(fault_information.si_code, FPE_FLTINV);
  EQUAL(with_traps(FE_OVERFLOW, overflow), SIGFPE);
  EQUAL(fault_information.si_code, FPE_FLTOVF);
  EQUAL(with_traps(FE_UNDERFLOW, underflow), SIGFPE);
  EQUAL(fault_information.si_code, FPE_FLTUND);
  EQUAL(with_traps(FE_INEXACT, inexact), SIGFPE);
  EQUAL(fault_information.si_code, FPE_FLTRES);
  EQUAL(with_traps(FE_OVERFLOW, divide), 0);
  /* The handler began with fresh registers, and what jumps out of it goes on with them. */
  EQUAL(FAULT(divide()), 0);
  return finish();
}
