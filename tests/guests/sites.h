/* System-call sites: code that is made to be called often, and what Unary says of it. Linux has nothing to say, and agrees to all. */
#ifndef SITES_H
#define SITES_H

#include "check.h"
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Enough calls that a site is looked at. */
enum { MANY = 40, PAGE = 4096 };

/* The line of a site in /proc/unary/syscall-sites, without its address; NULL when there is none. */
static const char *site_line(const void *site) {
  static char line[256];
  FILE *file = fopen("/proc/unary/syscall-sites", "r");
  const char *found = NULL;
  while (file && !found && fgets(line, sizeof line, file)) {
    char *rest;
    if (strtoull(line, &rest, 16) == (uintptr_t)site) found = rest + 1;
  }
  if (file) fclose(file);
  return found;
}

/* Whether a site is as expected on Unary, where the file is there. */
static int site_is(const void *site, const char *state) {
  if (access("/proc/unary/syscall-sites", R_OK)) return 1;
  const char *line = site_line(site);
  if (line && !strncmp(line, state, strlen(state))) return 1;
  printf("  the site is: %s\n", line ? line : "not there");
  return 0;
}

/* mov $number, %eax; syscall; ret, after bytes that do nothing and ended by some. Gives the offset of `mov`. */
enum { CODE_START = 40, CODE_SITE = CODE_START + 5 };

static void write_code(unsigned char *code, int number) {
  memset(code, 0x90, 64);
  code[CODE_START] = 0xb8;
  memcpy(code + CODE_START + 1, &number, 4);
  memcpy(code + CODE_SITE, "\x0f\x05\xc3", 3);
}

typedef long call_function(void);

static call_function *code_at(void *page) {
  return (call_function *)((unsigned char *)page + CODE_START);
}

#endif
