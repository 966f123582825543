// The library's streams, strings, containers, algorithms and locales, files and string streams.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <numeric>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

int main() {
  std::cout << "hello from " << std::setw(8) << std::setfill('*') << 42 << ' ' << std::hex << 255 << std::dec << ' ' << std::setprecision(12)
            << 3.14159265358979 << std::boolalpha << ' ' << true << std::endl;
  std::cerr << "an error line" << std::endl;
  std::clog << "a log line\n";

  std::string line;
  int lines = 0;
  while (std::getline(std::cin, line)) lines += static_cast<int>(line.size());
  std::cout << "read " << lines << " characters\n";

  std::mt19937 generator(12345);
  std::vector<unsigned> numbers(50000);
  std::generate(numbers.begin(), numbers.end(), generator);
  std::sort(numbers.begin(), numbers.end());
  std::cout << numbers.front() << ' ' << numbers[25000] << ' ' << numbers.back() << ' '
            << std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0}) << '\n';

  std::map<std::string, int> words;
  std::istringstream text("the quick brown fox jumps over the lazy dog and the other fox");
  for (std::string word; text >> word;) words[word]++;
  for (const auto &[word, count] : words) std::cout << word << '=' << count << ' ';
  std::cout << '\n';

  std::unordered_map<int, std::string> table;
  for (int i = 0; i < 10000; i++) table[i * 7919 % 100003] = std::to_string(i);
  std::size_t length = 0;
  for (const auto &[key, value] : table) length += value.size();
  std::cout << table.size() << ' ' << length << '\n';

  std::cout << std::regex_replace(std::string("2026-11-23"), std::regex(R"((\d+)-(\d+)-(\d+))"), "$3.$2.$1") << '\n';

  const char *name = "/tmp/streams-test.txt";
  {
    std::ofstream out(name);
    for (int i = 0; i < 1000; i++) out << i << ' ' << i * i << '\n';
  }
  std::ifstream in(name);
  long sum = 0;
  for (long a, b; in >> a >> b;) sum += a + b;
  std::cout << "sum " << sum << '\n';
  std::remove(name);
  std::ifstream absent("/tmp/there-is-no-such-file");
  std::cout << "absent: " << absent.good() << '\n';
  return 0;
}
