// The library's threads: mutexes, conditions, futures, atomics, thread_local with destructors, statics made once.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <future>
#include <mutex>
#include <numeric>
#include <queue>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

std::atomic<int> constructed{0}, destroyed{0};

struct Local {
  Local() { constructed++; }
  ~Local() { destroyed++; }
  int value = 5;
  std::string text = "thread local";
};

thread_local Local local;
thread_local int plain = 3;

struct Once {
  Once() { std::puts("static made"); }
  ~Once() { std::puts("static destroyed"); }
  int value = 11;
};

int once() {
  static Once instance;
  return instance.value;
}

struct Global {
  Global() { std::puts("global made"); }
  ~Global() { std::puts("global destroyed"); }
} global;

class Channel {
 public:
  void send(int value) {
    std::lock_guard guard(mutex);
    queue.push(value);
    filled.notify_one();
  }
  int receive() {
    std::unique_lock guard(mutex);
    filled.wait(guard, [this] { return !queue.empty(); });
    const int value = queue.front();
    queue.pop();
    return value;
  }

 private:
  std::mutex mutex;
  std::condition_variable filled;
  std::queue<int> queue;
};

}  // namespace

int main() {
  std::vector<std::thread> threads;
  std::atomic<int> total{0};
  for (int i = 0; i < 10; i++) {
    threads.emplace_back([i, &total] {
      local.value += i;
      plain += i;
      std::this_thread::yield();
      total += local.value + plain + once();
    });
  }
  for (auto &thread : threads) thread.join();
  std::printf("total %d, constructed %d, destroyed %d, plain %d\n", total.load(), constructed.load(), destroyed.load(), plain);

  std::vector<std::future<long>> futures;
  for (int i = 0; i < 8; i++) {
    futures.push_back(std::async(std::launch::async, [i] {
      std::vector<long> values(1000 * (i + 1));
      std::iota(values.begin(), values.end(), 0);
      return std::accumulate(values.begin(), values.end(), 0L);
    }));
  }
  for (auto &future : futures) std::printf("%ld ", future.get());
  std::puts("");

  Channel channel;
  std::thread producer([&] {
    for (int i = 1; i <= 5000; i++) channel.send(i);
  });
  long sum = 0;
  for (int i = 0; i < 5000; i++) sum += channel.receive();
  producer.join();
  std::printf("received %ld\n", sum);

  std::shared_mutex shared;
  long first = 0, second = 0, torn = 0;
  std::vector<std::thread> group;
  for (int i = 0; i < 6; i++) {
    group.emplace_back([&, i] {
      for (int round = 0; round < 500; round++) {
        if (i == 0) {
          std::unique_lock guard(shared);
          first++;
          second++;
        } else {
          std::shared_lock guard(shared);
          if (first != second) torn++;
        }
      }
    });
  }
  for (auto &thread : group) thread.join();
  std::printf("first %ld, torn %ld\n", first, torn);

  std::promise<int> promise;
  auto future = promise.get_future();
  const auto early = future.wait_for(std::chrono::milliseconds(10));
  std::printf("timeout %d\n", early == std::future_status::timeout);
  std::thread fulfil([&] { promise.set_value(99); });
  std::printf("promise %d\n", future.get());
  fulfil.join();

  std::timed_mutex timed;
  timed.lock();
  std::thread waits([&] { std::printf("locked %d\n", timed.try_lock_for(std::chrono::milliseconds(10))); });
  waits.join();
  timed.unlock();

  std::atomic<long> counter{0};
  std::vector<std::thread> adders;
  for (int i = 0; i < 4; i++)
    adders.emplace_back([&] {
      for (int j = 0; j < 100000; j++) counter.fetch_add(1, std::memory_order_relaxed);
    });
  for (auto &thread : adders) thread.join();
  std::printf("counter %ld\n", counter.load());
  return 0;
}
