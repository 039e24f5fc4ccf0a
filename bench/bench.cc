// The benchmark: see usage() below, and README.md.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <valgrind/callgrind.h>

#include "corpus.hpp"
#include "peer.hpp"

namespace {

using bench::corpus;
using bench::message;
using bench::peer;
using bench::value;

struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct options {
  std::string mode;
  std::string folder = ".";
  std::string peer = "eventwire";
  std::string operation = "decode";
  std::vector<std::string> names;
};

constexpr size_t arena_bytes = size_t{16} << 20;

const std::map<std::string, std::function<std::unique_ptr<peer>()>> makers = {
    {"eventwire", bench::make_eventwire},
    {"eventwire-unpadded", bench::make_eventwire_unpadded},
    {"eventwire-straight", bench::make_eventwire_straight},
    {"eventwire-table", bench::make_eventwire_table},
};

void usage() {
  std::puts("usage: bench MODE [--corpora DIR] [--peer NAME] [--op OP] CORPUS...\n"
            "\n"
            "  verify     decode every message with every contestant and compare\n"
            "  count      one pass between callgrind's switches; run it through count.py\n"
            "\n"
            "  --corpora DIR   where corpus.py has put its files (default: .)\n"
            "  --peer NAME     contestant of count (default: eventwire)\n"
            "  --op OP         decode (default)\n"
            "\n"
            "Contestants:");
  for (const auto &maker : makers) {
    std::printf("  %s\n", maker.first.c_str());
  }
}

struct workspace {
  std::vector<char> memory = std::vector<char>(arena_bytes);
  ew_arena arena;
  value out;
  workspace() { ew_arena_init(&arena, memory.data(), memory.size()); }
};

[[gnu::noinline]] void decode_all(peer &p, const corpus &c, workspace &w) {
  for (const message &m : c.messages) {
    ew_arena_reset(&w.arena);
    if (!p.decode(m.type, m.json, &w.arena, &w.out)) {
      throw std::runtime_error(c.name + ": " + p.name() + " refuses a message");
    }
    p.release();
  }
}

// The first pass is the warm-up: caches, lazily bound functions, the parser's own buffers.
void count(peer &p, const corpus &c, const options &o, workspace &w) {
  decode_all(p, c, w);
  CALLGRIND_START_INSTRUMENTATION;
  CALLGRIND_TOGGLE_COLLECT;
  decode_all(p, c, w);
  CALLGRIND_TOGGLE_COLLECT;
  std::string label = c.name + " " + p.name() + " " + o.operation + " " + std::to_string(c.payload) + " " +
                      std::to_string(c.messages.size());
  CALLGRIND_DUMP_STATS_AT(label.c_str());
  CALLGRIND_STOP_INSTRUMENTATION;
}

options parse(int argc, char **argv) {
  options o;
  const std::map<std::string, std::string *> named = {
      {"--corpora", &o.folder}, {"--peer", &o.peer}, {"--op", &o.operation}};
  for (int i = 1; i < argc; i++) {
    auto option = named.find(argv[i]);
    if (option != named.end() && i + 1 < argc) {
      *option->second = argv[++i];
    } else if (argv[i][0] == '-') {
      throw usage_error(std::string("unknown option ") + argv[i]);
    } else if (o.mode.empty()) {
      o.mode = argv[i];
    } else {
      o.names.push_back(argv[i]);
    }
  }
  return o;
}

int run(const options &o) {
  auto maker = makers.find(o.peer);
  if (maker == makers.end()) {
    throw usage_error("no contestant is called " + o.peer);
  }
  workspace w;
  auto p = maker->second();
  for (const std::string &name : o.names) {
    corpus c = bench::load_corpus(o.folder, name);
    if (o.mode == "count") {
      count(*p, c, o, w);
    } else if (o.mode == "verify") {
      decode_all(*p, c, w);
    } else {
      throw usage_error("no mode is called " + o.mode);
    }
  }
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 2 || std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "help") == 0) {
    usage();
    return argc < 2 ? 2 : 0;
  }
  try {
    return run(parse(argc, argv));
  } catch (const usage_error &e) {
    std::fprintf(stderr, "bench: %s (bench --help)\n", e.what());
    return 2;
  } catch (const std::exception &e) {
    std::fprintf(stderr, "bench: %s\n", e.what());
    return 1;
  }
}
