/* What a program is given at its start: arguments, environment, auxiliary vector, working directory. */
#include "check.h"
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <unistd.h>

extern char **environ;

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv) {
  printf("%d arguments\n", argc - 1);
  for (int i = 1; i < argc; i++) printf("[%s]\n", argv[i]);
  CHECK(argv[argc] == NULL);

  int count = 0;
  while (environ[count]) count++;
  qsort(environ, count, sizeof *environ, by_name);
  for (int i = 0; i < count; i++)
    if (strncmp(environ[i], "TEST_", 5) == 0) printf("{%s}\n", environ[i]);
  CHECK(getenv("TEST_NOT_SET") == NULL);

  EQUAL(getauxval(AT_PAGESZ), 4096);
  EQUAL(getauxval(AT_CLKTCK), 100);
  EQUAL(getauxval(AT_SECURE), 0);
  EQUAL(getauxval(AT_UID), getuid());
  EQUAL(getauxval(AT_EUID), geteuid());
  EQUAL(getauxval(AT_GID), getgid());
  EQUAL(getauxval(AT_EGID), getegid());
  const char *executable = (const char *)getauxval(AT_EXECFN);
  CHECK(executable != NULL && executable[0] == '/');
  const char *platform = (const char *)getauxval(AT_PLATFORM);
  CHECK(platform != NULL && strcmp(platform, "x86_64") == 0);

  const unsigned char *entropy = (const unsigned char *)getauxval(AT_RANDOM);
  CHECK(entropy != NULL);
  int different = 0;
  for (int i = 1; i < 16; i++) different |= entropy[i] != entropy[0];
  CHECK(different);

  const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
  CHECK(headers != NULL);
  EQUAL(getauxval(AT_PHENT), sizeof(ElfW(Phdr)));
  int loads = 0;
  for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++) loads += headers[i].p_type == PT_LOAD;
  CHECK(loads > 0);
  CHECK(getauxval(AT_ENTRY) != 0);

  const unsigned char *vdso = (const unsigned char *)getauxval(AT_SYSINFO_EHDR);
  CHECK(vdso != NULL && memcmp(vdso, ELFMAG, SELFMAG) == 0);
  return finish();
}
