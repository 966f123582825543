/* inotify: renames with their cookies, and the flags of a watch. */
#include "assert.h"
#include <sys/inotify.h>

static int queue;
static char buffer[4096];
static long held, at;

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

static uint32_t expect_(int watch, uint32_t mask, const char *name, int line) {
  const struct inotify_event *event = next();
  const int right =
      event != NULL && event->wd == watch && event->mask == mask && strcmp(event->len > 0 ? event->name : "", name) == 0;
  if (!assert_(right, "the expected event", line)) {
    if (event == NULL) printf("  none\n");
    else printf("  watch %d mask %x name %s\n", event->wd, event->mask, event->len > 0 ? event->name : "");
  }
  return event == NULL ? 0 : event->cookie;
}
#define EVENT(watch, mask, name) expect_(watch, mask, name, __LINE__)

int main(void) {
  enter_fresh_folder();
  NEEDED(mkdir("from", 0755));
  NEEDED(mkdir("to", 0755));
  make_file("from/file", "");
  WORKS(queue = inotify_init1(IN_NONBLOCK));
  const int from = NEEDED(inotify_add_watch(queue, "from", IN_MOVE | IN_CREATE | IN_DELETE | IN_MOVE_SELF | IN_DELETE_SELF));
  const int to = NEEDED(inotify_add_watch(queue, "to", IN_MOVE | IN_CREATE | IN_DELETE));
  const int file = NEEDED(inotify_add_watch(queue, "from/file", IN_MOVE_SELF));

  NEEDED(rename("from/file", "to/renamed"));
  uint32_t cookie = EVENT(from, IN_MOVED_FROM, "file");
  CHECK(cookie != 0);
  EQUAL(EVENT(to, IN_MOVED_TO, "renamed"), cookie);
  EQUAL(EVENT(file, IN_MOVE_SELF, ""), 0);
  NEEDED(rename("to/renamed", "to/again"));
  const uint32_t second = EVENT(to, IN_MOVED_FROM, "renamed");
  CHECK(second != 0 && second != cookie);
  EQUAL(EVENT(to, IN_MOVED_TO, "again"), second);
  EVENT(file, IN_MOVE_SELF, "");
  NEEDED(mkdir("from/inner", 0755));
  EVENT(from, IN_CREATE | IN_ISDIR, "inner");
  NEEDED(rename("from/inner", "to/inner"));
  EVENT(from, IN_MOVED_FROM | IN_ISDIR, "inner");
  EVENT(to, IN_MOVED_TO | IN_ISDIR, "inner");
  NEEDED(link("to/again", "from/linked"));
  EVENT(from, IN_CREATE, "linked");
  NEEDED(rename("from", "moved"));
  EVENT(from, IN_MOVE_SELF, "");
  NEEDED(unlink("moved/linked"));
  EVENT(from, IN_DELETE, "linked");
  NEEDED(rmdir("moved"));
  EVENT(from, IN_DELETE_SELF, "");
  EVENT(from, IN_IGNORED, "");
  CHECK(next() == NULL);

  /* A watch that is for one event only. */
  const int once = NEEDED(inotify_add_watch(queue, "to/inner", IN_CREATE | IN_ONESHOT));
  make_file("to/inner/a", "");
  EVENT(once, IN_CREATE, "a");
  EVENT(once, IN_IGNORED, "");
  make_file("to/inner/b", "");
  CHECK(next() == NULL);

  /* More events for the same watch, or others instead. */
  const int inner = NEEDED(inotify_add_watch(queue, "to/inner", IN_CREATE));
  EQUAL(inotify_add_watch(queue, "to/inner", IN_DELETE | IN_MASK_ADD), inner);
  make_file("to/inner/c", "");
  EVENT(inner, IN_CREATE, "c");
  NEEDED(unlink("to/inner/c"));
  EVENT(inner, IN_DELETE, "c");
  EQUAL(inotify_add_watch(queue, "to/inner", IN_DELETE), inner);
  make_file("to/inner/c", "");
  CHECK(next() == NULL);
  FAILS(inotify_add_watch(queue, "to/inner", IN_DELETE | IN_MASK_CREATE), EEXIST);
  FAILS(inotify_add_watch(queue, "to/inner", IN_DELETE | IN_MASK_CREATE | IN_MASK_ADD), EINVAL);
  FAILS(inotify_add_watch(queue, "to/again", IN_OPEN | IN_ONLYDIR), ENOTDIR);
  NEEDED(symlink("inner", "to/link"));
  EVENT(to, IN_CREATE, "link");
  const int link = NEEDED(inotify_add_watch(queue, "to/link", IN_ATTRIB | IN_DONT_FOLLOW));
  CHECK(link != inner);
  NEEDED(lchown("to/link", 1, 1));
  EVENT(link, IN_ATTRIB, "");
  return finish();
}
