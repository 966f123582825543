/* Standard input to standard output, and what was there counted on standard error. */
#include <stdio.h>
#include <unistd.h>

int main(void) {
  char buffer[3000];
  long total = 0;
  ssize_t count;
  while ((count = read(0, buffer, sizeof buffer)) > 0) {
    for (ssize_t sent = 0; sent < count;) {
      const ssize_t part = write(1, buffer + sent, (size_t)(count - sent));
      if (part <= 0) return 2;
      sent += part;
    }
    total += count;
  }
  fprintf(stderr, "%ld bytes\n", total);
  return count < 0 ? 1 : 0;
}
