// The benchmark: see usage() below, and README.md.
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <valgrind/callgrind.h>

#include "checksum.hpp"
#include "corpus.hpp"
#include "heap.h"
#include "peer.hpp"

namespace {

using bench::corpus;
using bench::message;
using bench::peer;
using bench::value;

struct maker {
  const char *name;
  std::unique_ptr<peer> (*make)();
  bool in_contest; // else only when it is named
};

const maker makers[] = {
    {"eventwire", bench::make_eventwire, true},
#ifndef BENCH_ALONE
    {"simdjson", bench::make_simdjson, true},
    {"rapidjson", bench::make_rapidjson, true},
    {"cjson", bench::make_cjson, true},
    {"json-c", bench::make_jsonc, true},
    {"jansson", bench::make_jansson, true},
    {"simdjson-skip", bench::make_simdjson_skip, false},
#endif
    {"eventwire-straight", bench::make_eventwire_straight, false},
    {"eventwire-unpadded", bench::make_eventwire_unpadded, false},
    {"eventwire-diagnosing", bench::make_eventwire_diagnosing, false},
    {"eventwire-table", bench::make_eventwire_table, false},
};

const char *const operations[] = {"decode", "encode", "encode-clean"};

constexpr size_t arena_bytes = size_t{16} << 20;
constexpr size_t output_bytes = size_t{4} << 20;
constexpr double slot_seconds = 0.004;

struct options {
  std::string mode;
  std::string folder = ".";
  std::string peers;
  std::string operation = "decode";
  int rounds = 21;
  std::vector<std::string> names;
};

struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void usage() {
  std::puts(
      "usage: bench MODE [OPTION]... CORPUS...\n"
      "\n"
      "  verify   every contestant decodes every message and encodes it again; all must agree\n"
      "  time     a line per contestant: corpus, contestant, operation, best MB/s, median ratio\n"
      "           of its time to eventwire's, round by round\n"
      "  count    one pass between callgrind's switches; for count.py\n"
      "  memory   a line per contestant: corpus, contestant, heap calls a message; for eventwire\n"
      "           also the bytes of arena used per byte of message, on average and at worst\n"
      "\n"
      "  --corpora DIR   where corpus.py has put its files (default: .)\n"
      "  --peers A,B     contestants (default: the first six below)\n"
      "  --op OP         decode (default); encode: from structs as an application fills them;\n"
      "                  encode-clean: from structs as the decoder leaves them\n"
      "  --rounds N      of time (default 21)\n"
      "\n"
      "Contestants:");
  for (const maker &m : makers) {
    std::printf("  %s\n", m.name);
  }
}

[[noreturn]] void fail(const corpus &c, const peer &p, size_t index, const std::string &what) {
  throw std::runtime_error(c.name + ": " + p.name() + ": message " + std::to_string(index) + ": " +
                           what);
}

// ---- passes over a corpus

struct workspace {
  std::vector<char> memory = std::vector<char>(arena_bytes);
  std::vector<char> output = std::vector<char>(output_bytes);
  ew_arena arena;
  value out;
  workspace() { ew_arena_init(&arena, memory.data(), memory.size()); }
};

// The messages of a corpus as structs, made by eventwire.
struct decoded {
  std::unique_ptr<value[]> values;
  std::vector<std::vector<char>> arenas;
};

decoded decode_for_encoding(const corpus &c, bool clean) {
  decoded d;
  auto p = bench::make_eventwire();
  d.values = std::make_unique<value[]>(c.messages.size());
  for (size_t i = 0; i < c.messages.size(); i++) {
    const message &m = c.messages[i];
    d.arenas.emplace_back(8 * size_t{m.json.len} + 65536);
    ew_arena arena;
    ew_arena_init(&arena, d.arenas.back().data(), d.arenas.back().size());
    if (!p->decode(m.type, m.json, &arena, &d.values[i])) {
      fail(c, *p, i, "refused");
    }
    d.arenas.back().resize(arena.used); // shrinks without moving
    if (!clean) {
      bench::forget_clean(m.type, d.values[i]);
    }
  }
  return d;
}

class pass {
 public:
  virtual ~pass() = default;
  virtual void run(peer &p) = 0;
  virtual bool suits(const peer &) const { return true; }
};

class decode_pass : public pass {
 public:
  decode_pass(const corpus &c, workspace &w) : c_(c), w_(w) {}

  [[gnu::noinline]] void run(peer &p) override {
    for (const message &m : c_.messages) {
      ew_arena_reset(&w_.arena);
      if (!p.decode(m.type, m.json, &w_.arena, &w_.out)) {
        fail(c_, p, static_cast<size_t>(&m - c_.messages.data()), "refused");
      }
      p.release();
    }
  }

 private:
  const corpus &c_;
  workspace &w_;
};

class encode_pass : public pass {
 public:
  encode_pass(const corpus &c, workspace &w, bool clean)
      : c_(c), w_(w), d_(decode_for_encoding(c, clean)) {}

  [[gnu::noinline]] void run(peer &p) override {
    for (size_t i = 0; i < c_.messages.size(); i++) {
      ew_buf buf;
      ew_buf_init(&buf, w_.output.data(), w_.output.size());
      if (!p.encode(c_.messages[i].type, d_.values[i], &buf)) {
        fail(c_, p, i, "cannot be encoded");
      }
      p.release();
    }
  }

  bool suits(const peer &p) const override {
    return std::all_of(c_.messages.begin(), c_.messages.end(),
                       [&](const message &m) { return p.can_encode(m.type); });
  }

 private:
  const corpus &c_;
  workspace &w_;
  decoded d_;
};

std::unique_ptr<pass> make_pass(const std::string &operation, const corpus &c, workspace &w) {
  if (operation == "decode") {
    return std::make_unique<decode_pass>(c, w);
  }
  return std::make_unique<encode_pass>(c, w, operation == "encode-clean");
}

// ---- verify

struct sums {
  uint64_t all;        // with the bytes of free-form members
  uint64_t structural; // without
};

sums sums_of(peer &p, const corpus &c, size_t index, workspace &w) {
  const message &m = c.messages[index];
  ew_arena_reset(&w.arena);
  if (!p.decode(m.type, m.json, &w.arena, &w.out)) {
    fail(c, p, index, "refused");
  }
  sums s{bench::checksum(m.type, w.out, true), bench::checksum(m.type, w.out, false)};
  p.release();
  return s;
}

void verify_encoding(peer &p, const corpus &c, size_t index, uint64_t wanted, workspace &w) {
  const message &m = c.messages[index];
  auto reference = bench::make_eventwire();
  if (!p.can_encode(m.type)) {
    return;
  }
  ew_buf buf;
  ew_buf_init(&buf, w.output.data(), w.output.size() - bench::padding);
  ew_arena_reset(&w.arena);
  bool done = reference->decode(m.type, m.json, &w.arena, &w.out) && p.encode(m.type, w.out, &buf);
  p.release();
  if (!done) {
    fail(c, p, index, "cannot be encoded");
  }
  value again;
  if (!reference->decode(m.type, ew_buf_str(&buf), &w.arena, &again)) {
    fail(c, p, index, "what it encodes is refused");
  }
  if (bench::checksum(m.type, again, true) != wanted) {
    fail(c, p, index, "what it encodes is another message");
  }
}

void verify(const std::vector<std::unique_ptr<peer>> &peers, const corpus &c, workspace &w) {
  auto reference = bench::make_eventwire();
  for (size_t i = 0; i < c.messages.size(); i++) {
    sums wanted = sums_of(*reference, c, i, w);
    for (const auto &p : peers) {
      if (sums_of(*p, c, i, w).structural != wanted.structural) {
        fail(c, *p, i, "decodes to something else");
      }
      verify_encoding(*p, c, i, wanted.all, w);
    }
  }
  std::printf("%s\t%zu messages\t%zu bytes\tall agree\n", c.name.c_str(), c.messages.size(),
              c.payload);
}

// ---- count

// The first pass is the warm-up: caches, lazily bound functions, the parser's own buffers.
void count(peer &p, const corpus &c, const options &o, workspace &w) {
  auto one = make_pass(o.operation, c, w);
  if (!one->suits(p)) {
    return;
  }
  one->run(p);
  CALLGRIND_START_INSTRUMENTATION;
  CALLGRIND_TOGGLE_COLLECT;
  one->run(p);
  CALLGRIND_TOGGLE_COLLECT;
  std::string label = c.name + " " + p.name() + " " + o.operation + " " +
                      std::to_string(c.payload) + " " + std::to_string(c.messages.size());
  CALLGRIND_DUMP_STATS_AT(label.c_str());
  CALLGRIND_STOP_INSTRUMENTATION;
}

// ---- time

double thread_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  size_t half = v.size() / 2;
  return v.size() % 2 == 1 ? v[half] : (v[half - 1] + v[half]) / 2;
}

// A contestant's times of one pass, one per round.
class runner {
 public:
  runner(peer &p, pass &one) : peer_(p), pass_(one) {
    one.run(p);
    double took = std::max(time_of(1), 1e-7);
    passes_ = std::max(1, static_cast<int>(std::ceil(slot_seconds / took)));
  }

  // What ran before has filled caches and the heap: the first pass after it is not timed.
  void round() {
    pass_.run(peer_);
    seconds_.push_back(time_of(passes_));
  }

  const std::vector<double> &seconds() const { return seconds_; }
  const peer &who() const { return peer_; }

 private:
  double time_of(int passes) {
    double start = thread_seconds();
    for (int i = 0; i < passes; i++) {
      pass_.run(peer_);
    }
    return (thread_seconds() - start) / passes;
  }

  peer &peer_;
  pass &pass_;
  int passes_ = 1;
  std::vector<double> seconds_;
};

void print_time(const runner &r, const runner &base, const corpus &c, const options &o) {
  std::vector<double> ratios;
  for (size_t i = 0; i < r.seconds().size(); i++) {
    ratios.push_back(r.seconds()[i] / base.seconds()[i]);
  }
  double best = *std::min_element(r.seconds().begin(), r.seconds().end());
  std::printf("%s\t%s\t%s\t%.1f\t%.3f\n", c.name.c_str(), r.who().name(), o.operation.c_str(),
              static_cast<double>(c.payload) / best / 1e6, median(ratios));
  std::fflush(stdout);
}

// The first contestant is the one that the others are compared with. Each round begins with the
// next.
void time_all(const std::vector<std::unique_ptr<peer>> &peers, const corpus &c, const options &o,
              workspace &w) {
  auto one = make_pass(o.operation, c, w);
  std::vector<runner> runners;
  for (const auto &p : peers) {
    if (one->suits(*p)) {
      runners.emplace_back(*p, *one);
    }
  }
  for (int i = 0; i < o.rounds; i++) {
    for (size_t k = 0; k < runners.size(); k++) {
      runners[(k + static_cast<size_t>(i)) % runners.size()].round();
    }
  }
  for (const runner &r : runners) {
    print_time(r, runners.front(), c, o);
  }
}

// ---- memory

void memory(peer &p, const corpus &c, const options &o, workspace &w) {
  auto one = make_pass(o.operation, c, w);
  if (!one->suits(p)) {
    return;
  }
  one->run(p);
  unsigned long before = bench_heap_calls();
  one->run(p);
  double calls =
      static_cast<double>(bench_heap_calls() - before) / static_cast<double>(c.messages.size());
  std::printf("%s\t%s\t%s\t%.3f", c.name.c_str(), p.name(), o.operation.c_str(), calls);
  if (o.operation == "decode") {
    size_t used = 0;
    double worst = 0;
    for (size_t i = 0; i < c.messages.size(); i++) {
      sums_of(p, c, i, w);
      used += w.arena.used;
      double over = static_cast<double>(w.arena.used) - 1024;
      worst = std::max(worst, over / static_cast<double>(c.messages[i].json.len));
    }
    std::printf("\t%.4f\t%.4f", static_cast<double>(used) / static_cast<double>(c.payload), worst);
  }
  std::puts("");
}

// ---- the command line

std::vector<std::unique_ptr<peer>> chosen_peers(const options &o) {
  std::vector<std::unique_ptr<peer>> result;
  std::string wanted = "," + o.peers + ",";
  for (const maker &m : makers) {
    if (o.peers.empty() ? m.in_contest
                        : wanted.find("," + std::string(m.name) + ",") != std::string::npos) {
      result.push_back(m.make());
    }
  }
  size_t named = static_cast<size_t>(std::count(wanted.begin(), wanted.end(), ',')) - 1;
  if (!o.peers.empty() && result.size() != named) {
    throw usage_error("not all of these are contestants: " + o.peers);
  }
  return result;
}

options parse(int argc, char **argv) {
  options o;
  for (int i = 1; i < argc; i++) {
    std::string arg = argv[i];
    const bool more = i + 1 < argc;
    if (arg == "--corpora" && more) {
      o.folder = argv[++i];
    } else if (arg == "--peers" && more) {
      o.peers = argv[++i];
    } else if (arg == "--op" && more) {
      o.operation = argv[++i];
    } else if (arg == "--rounds" && more) {
      o.rounds = std::max(1, std::atoi(argv[++i]));
    } else if (arg[0] == '-') {
      throw usage_error("unknown or unfinished option " + arg);
    } else if (o.mode.empty()) {
      o.mode = arg;
    } else {
      o.names.push_back(arg);
    }
  }
  if (std::find(std::begin(operations), std::end(operations), o.operation) ==
      std::end(operations)) {
    throw usage_error("no operation is called " + o.operation);
  }
  return o;
}

void run_one(const options &o, const std::vector<std::unique_ptr<peer>> &peers, const corpus &c,
             workspace &w) {
  if (o.mode == "verify") {
    verify(peers, c, w);
  } else if (o.mode == "time") {
    time_all(peers, c, o, w);
  } else if (o.mode == "count" || o.mode == "memory") {
    for (const auto &p : peers) {
      o.mode == "count" ? count(*p, c, o, w) : memory(*p, c, o, w);
    }
  } else {
    throw usage_error("no mode is called " + o.mode);
  }
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 2 || std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "help") == 0) {
    usage();
    return argc < 2 ? 2 : 0;
  }
  try {
    options o = parse(argc, argv);
    auto peers = chosen_peers(o);
    workspace w;
    for (const std::string &name : o.names) {
      run_one(o, peers, bench::load_corpus(o.folder, name), w);
    }
    return 0;
  } catch (const usage_error &e) {
    std::fprintf(stderr, "bench: %s (bench --help)\n", e.what());
    return 2;
  } catch (const std::exception &e) {
    std::fprintf(stderr, "bench: %s\n", e.what());
    return 1;
  }
}
