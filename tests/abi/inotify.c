/* inotify: watches of files and folders, and the events of each change. */
#include "assert.h"
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>

static int queue;
static char buffer[4096];
static long held, at;

/* The next event, or none. */
static const struct inotify_event *next(void) {
  if (at >= held) {
    held = read(queue, buffer, sizeof buffer);
    at = 0;
    if (held <= 0) return NULL;
  }
  const struct inotify_event *event = (const struct inotify_event *)(buffer + at);
  at += sizeof *event + event->len;
  return event;
}

static void expect_(int watch, uint32_t mask, const char *name, int line) {
  const struct inotify_event *event = next();
  const int right = event != NULL && event->wd == watch && event->mask == mask && event->cookie == 0 &&
                    strcmp(event->len > 0 ? event->name : "", name) == 0;
  if (!assert_(right, "the expected event", line)) {
    if (event == NULL) printf("  none\n");
    else printf("  watch %d mask %x name %s\n", event->wd, event->mask, event->len > 0 ? event->name : "");
  }
}
#define EVENT(watch, mask, name) expect_(watch, mask, name, __LINE__)

int main(void) {
  enter_fresh_folder();
  WORKS(queue = inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  EQUAL(fcntl(queue, F_GETFD), FD_CLOEXEC);
  FAILS(read(queue, buffer, sizeof buffer), EAGAIN);
  make_file("file", "content");
  NEEDED(mkdir("folder", 0755));
  int file = -1, folder = -1;
  WORKS(file = inotify_add_watch(queue, "file", IN_ALL_EVENTS));
  WORKS(folder = inotify_add_watch(queue, "folder", IN_ALL_EVENTS));
  EQUAL(file, 1);
  EQUAL(folder, 2);
  EQUAL(inotify_add_watch(queue, "file", IN_ALL_EVENTS), file);
  CHECK(next() == NULL);

  int open_file = NEEDED(open("file", O_RDWR));
  EVENT(file, IN_OPEN, "");
  NEEDED(read(open_file, (char[8]){0}, 8));
  EVENT(file, IN_ACCESS, "");
  NEEDED(write(open_file, "x", 1));
  EVENT(file, IN_MODIFY, "");
  NEEDED(ftruncate(open_file, 3));
  EVENT(file, IN_MODIFY, "");
  NEEDED(fchmod(open_file, 0600));
  EVENT(file, IN_ATTRIB, "");
  NEEDED(close(open_file));
  EVENT(file, IN_CLOSE_WRITE, "");
  NEEDED(close(NEEDED(open("file", O_RDONLY))));
  EVENT(file, IN_OPEN, "");
  EVENT(file, IN_CLOSE_NOWRITE, "");

  /* In a folder: with the name. */
  close(NEEDED(open("folder/new", O_WRONLY | O_CREAT, 0644)));
  EVENT(folder, IN_CREATE, "new");
  EVENT(folder, IN_OPEN, "new");
  EVENT(folder, IN_CLOSE_WRITE, "new");
  NEEDED(mkdir("folder/inner", 0755));
  EVENT(folder, IN_CREATE | IN_ISDIR, "inner");
  NEEDED(chmod("folder/new", 0600));
  EVENT(folder, IN_ATTRIB, "new");
  NEEDED(rmdir("folder/inner"));
  EVENT(folder, IN_DELETE | IN_ISDIR, "inner");
  NEEDED(unlink("folder/new"));
  EVENT(folder, IN_DELETE, "new");
  NEEDED(symlink("x", "folder/link"));
  EVENT(folder, IN_CREATE, "link");
  NEEDED(unlink("folder/link"));
  EVENT(folder, IN_DELETE, "link");

  /* The same event twice is one, while nobody has read it. */
  open_file = NEEDED(open("file", O_WRONLY));
  NEEDED(write(open_file, "x", 1));
  NEEDED(write(open_file, "x", 1));
  EVENT(file, IN_OPEN, "");
  EVENT(file, IN_MODIFY, "");
  CHECK(next() == NULL);
  struct pollfd wait = {queue, POLLIN};
  EQUAL(poll(&wait, 1, 0), 0);
  NEEDED(close(open_file));
  EQUAL(poll(&wait, 1, 0), 1);
  int available = 0;
  WORKS(ioctl(queue, FIONREAD, &available));
  EQUAL(available, sizeof(struct inotify_event));
  FAILS(read(queue, buffer, 8), EINVAL);
  EVENT(file, IN_CLOSE_WRITE, "");

  NEEDED(unlink("file"));
  EVENT(file, IN_ATTRIB, "");
  EVENT(file, IN_DELETE_SELF, "");
  EVENT(file, IN_IGNORED, "");
  FAILS(inotify_rm_watch(queue, file), EINVAL);
  WORKS(inotify_rm_watch(queue, folder));
  EVENT(folder, IN_IGNORED, "");
  CHECK(next() == NULL);

  FAILS(inotify_add_watch(queue, "missing", IN_ALL_EVENTS), ENOENT);
  FAILS(inotify_add_watch(queue, "folder", 0), EINVAL);
  FAILS(inotify_add_watch(99, "folder", IN_ALL_EVENTS), EBADF);
  FAILS(inotify_add_watch(open("/dev/null", O_RDONLY), "folder", IN_ALL_EVENTS), EINVAL);
  FAILS(inotify_init1(1), EINVAL);
  return finish();
}
