// The corpora that corpus.py makes: messages with the name of the type that decodes each.
#ifndef BENCH_CORPUS_HPP
#define BENCH_CORPUS_HPP

#include <string>
#include <vector>

#include "types.hpp"

namespace bench {

// Bytes that may be read behind each message: what simdjson asks for.
constexpr size_t padding = 64;

struct message {
  kind type;
  ew_str json;
};

struct corpus {
  std::string name;
  std::string bytes; // what the messages point to
  std::vector<message> messages;
  size_t payload = 0; // bytes of all messages
};

// Throws std::runtime_error that names the file.
corpus load_corpus(const std::string &folder, const std::string &name);

} // namespace bench

#endif
