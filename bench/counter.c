/*
 * A TCG plugin for QEMU that counts guest instructions exactly.
 *
 * What is counted: every instruction that starts to execute, on any CPU, from the first after reset. A `rep` instruction counts
 * once for each iteration, as under -icount (so machines are measured with -cpu max,-erms,-fsrm).
 *
 * What is reported, on the plugin's own file (argument `report`), one line each:
 *   marker N COUNT   the guest executed the marker N (below) as instruction number COUNT
 *   line COUNT       the text of argument `text` was complete in the file of argument `output`
 *   end COUNT        the machine ended
 *
 * The marker is a no-op of seven bytes, harmless everywhere, that no compiler emits by itself:
 *   0f 1f 80 NN 4d 52 4b     nopl 0x4b524dNN(%rax)
 * so a program can be measured between two points of its own, with nothing added in between.
 *
 * The line is found without any help from the guest: characters leave through port instructions, so after each `out` the file
 * behind the guest's console is looked at. The count is that of the instruction right after the `out` of the last character.
 *
 * The five entry points used here are declared by hand, because Debian ships no qemu-plugin.h.
 * Interface: QEMU 7.2, docs/devel/tcg-plugins.rst, plugin API version 1.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef uint64_t plugin_id;
struct translation_block;
struct instruction;

enum callback_flags { CALLBACK_NO_REGISTERS };
enum inline_operation { INLINE_ADD_U64 };

typedef void (*translation_callback)(plugin_id, struct translation_block *);
typedef void (*execution_callback)(unsigned cpu, void *data);
typedef void (*end_callback)(plugin_id, void *data);

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, translation_callback);
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct translation_block *, execution_callback, enum callback_flags, void *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct instruction *, execution_callback, enum callback_flags, void *);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct instruction *, enum inline_operation, void *, uint64_t);
extern void qemu_plugin_register_atexit_cb(plugin_id, end_callback, void *);
extern size_t qemu_plugin_tb_n_insns(const struct translation_block *);
extern struct instruction *qemu_plugin_tb_get_insn(const struct translation_block *, size_t);
extern const void *qemu_plugin_insn_data(const struct instruction *);
extern size_t qemu_plugin_insn_size(const struct instruction *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static uint64_t count;
static FILE *report;
static const char *output_path;
static const char *text;
static int output = -1;
static int output_pending;
static int line_found;

static void marker_executed(unsigned cpu, void *number) {
  (void)cpu;
  fprintf(report, "marker %u %llu\n", (unsigned)(uintptr_t)number, (unsigned long long)count);
  fflush(report);
}

static void out_executed(unsigned cpu, void *data) {
  (void)cpu, (void)data;
  output_pending = 1;
}

/* Runs at the start of every block. An `out` ends its block, so this is the first chance to see what it wrote. */
static void block_executed(unsigned cpu, void *data) {
  (void)cpu, (void)data;
  if (!output_pending) return;
  output_pending = 0;
  if (line_found) return;
  if (output < 0 && (output = open(output_path, O_RDONLY)) < 0) return;
  struct stat status;
  static off_t seen;
  if (fstat(output, &status) != 0 || status.st_size == seen) return;
  seen = status.st_size;
  static char contents[1 << 20];
  ssize_t length = pread(output, contents, sizeof contents - 1, 0);
  if (length <= 0) return;
  contents[length] = 0;
  if (!strstr(contents, text)) return;
  line_found = 1;
  fprintf(report, "line %llu\n", (unsigned long long)count);
  fflush(report);
}

static int is_marker(const unsigned char *bytes, size_t size) {
  return size == 7 && bytes[0] == 0x0f && bytes[1] == 0x1f && bytes[2] == 0x80 && bytes[4] == 'M' && bytes[5] == 'R' &&
         bytes[6] == 'K';
}

static int is_out(const unsigned char *bytes, size_t size) {
  const unsigned char opcode = bytes[size > 1 && (bytes[0] == 0xf3 || bytes[0] == 0x66) ? 1 : 0];
  return opcode == 0xe6 || opcode == 0xe7 || opcode == 0xee || opcode == 0xef || opcode == 0x6e || opcode == 0x6f;
}

static void translated(plugin_id id, struct translation_block *block) {
  (void)id;
  if (text && !line_found) qemu_plugin_register_vcpu_tb_exec_cb(block, block_executed, CALLBACK_NO_REGISTERS, NULL);
  const size_t instructions = qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < instructions; i++) {
    struct instruction *instruction = qemu_plugin_tb_get_insn(block, i);
    const unsigned char *bytes = qemu_plugin_insn_data(instruction);
    const size_t size = qemu_plugin_insn_size(instruction);
    qemu_plugin_register_vcpu_insn_exec_inline(instruction, INLINE_ADD_U64, &count, 1);
    if (is_marker(bytes, size)) {
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, marker_executed, CALLBACK_NO_REGISTERS, (void *)(uintptr_t)bytes[3]);
    } else if (text && !line_found && is_out(bytes, size)) {
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, out_executed, CALLBACK_NO_REGISTERS, NULL);
    }
  }
}

static void ended(plugin_id id, void *data) {
  (void)id, (void)data;
  fprintf(report, "end %llu\n", (unsigned long long)count);
  fclose(report);
}

static const char *value_of(const char *argument, const char *name) {
  const size_t length = strlen(name);
  return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1 : NULL;
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *machine, int argc, char **argv) {
  (void)machine;
  const char *report_path = NULL, *value;
  for (int i = 0; i < argc; i++) {
    if ((value = value_of(argv[i], "report"))) report_path = strdup(value);
    else if ((value = value_of(argv[i], "output"))) output_path = strdup(value);
    else if ((value = value_of(argv[i], "text"))) text = strdup(value);
    else {
      fprintf(stderr, "counter: unknown argument %s\n", argv[i]);
      return 1;
    }
  }
  if (!report_path || !(report = fopen(report_path, "w")) || (text != NULL) != (output_path != NULL)) {
    fprintf(stderr, "counter: needs report=FILE, and text=TEXT together with output=FILE\n");
    return 1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
