// C++ exceptions: thrown through frames and libraries, caught by kind, with destructors on the way, in threads, and not caught.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

int alive = 0;

struct Counted {
  Counted() { alive++; }
  Counted(const Counted &) { alive++; }
  ~Counted() { alive--; }
};

struct Custom : std::runtime_error {
  explicit Custom(int value) : std::runtime_error("custom"), value(value) {}
  int value;
};

[[gnu::noinline]] void deep(int levels) {
  Counted here;
  if (levels == 0) throw Custom(17);
  deep(levels - 1);
  std::printf("never printed %d\n", alive);
}

void kinds() {
  try {
    deep(100);
  } catch (const Custom &caught) {
    std::printf("custom %d %s, %d alive\n", caught.value, caught.what(), alive);
  }
  try {
    std::vector<int>(3).at(10);
  } catch (const std::out_of_range &) {
    std::puts("out of range");
  }
  try {
    (void)std::stoi("not a number");
  } catch (const std::invalid_argument &) {
    std::puts("invalid argument");
  }
  try {
    throw 42;
  } catch (int value) {
    std::printf("int %d\n", value);
  }
  try {
    try {
      throw std::string("inner");
    } catch (...) {
      throw;
    }
  } catch (const std::string &value) {
    std::printf("string %s\n", value.c_str());
  }
  volatile std::size_t too_much = std::size_t{1} << 62;
  try {
    void *area = ::operator new(too_much);
    std::printf("allocated? %d\n", area != nullptr);
    ::operator delete(area);
  } catch (const std::bad_alloc &) {
    std::puts("bad alloc");
  }
  try {
    try {
      throw Custom(1);
    } catch (...) {
      std::throw_with_nested(Custom(2));
    }
  } catch (const std::exception &outer) {
    try {
      std::rethrow_if_nested(outer);
    } catch (const Custom &inner) {
      std::printf("nested %d\n", inner.value);
    }
  }
}

void across_threads() {
  std::exception_ptr carried;
  std::thread thrower([&] {
    try {
      deep(10);
    } catch (...) {
      carried = std::current_exception();
    }
  });
  thrower.join();
  try {
    std::rethrow_exception(carried);
  } catch (const Custom &caught) {
    std::printf("carried %d\n", caught.value);
  }
  std::vector<std::thread> threads;
  int sums[8] = {};
  for (int index = 0; index < 8; index++) {
    threads.emplace_back([index, &sums] {
      for (int i = 0; i < 500; i++) {
        try {
          throw Custom(index);
        } catch (const Custom &caught) {
          sums[index] += caught.value;
        }
      }
    });
  }
  for (auto &thread : threads) thread.join();
  for (int index = 0; index < 8; index++) std::printf("%d ", sums[index]);
  std::puts("");
}

}  // namespace

int main(int argc, char **argv) {
  kinds();
  across_threads();
  std::printf("%d alive\n", alive);
  std::fflush(stdout);
  if (argc > 1 && std::strcmp(argv[1], "uncaught") == 0) throw Custom(3);
  if (argc > 1 && std::strcmp(argv[1], "terminate") == 0) std::terminate();
  return 0;
}
