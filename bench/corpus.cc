#include "corpus.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace bench {
namespace {

std::string read_file(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error(path + ": cannot be opened");
  }
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Each message is moved apart from the next, so that all have their padding.
struct placed {
  kind type;
  size_t offset;
  size_t len;
};

placed take(std::istringstream &in, std::string &bytes, const std::string &path) {
  size_t len = 0;
  std::string name;
  in >> len >> name;
  in.get();
  placed result{kind_of(name), bytes.size(), len};
  bytes.resize(result.offset + len);
  in.read(&bytes[result.offset], static_cast<std::streamsize>(len));
  if (!in || in.get() != '\n' || result.type == kind::none) {
    throw std::runtime_error(path + ": a message of type \"" + name + "\" cannot be read");
  }
  bytes.append(padding, '\0');
  return result;
}

} // namespace

corpus load_corpus(const std::string &folder, const std::string &name) {
  std::string path = folder + "/" + name + ".corpus";
  std::istringstream in(read_file(path));
  corpus result;
  std::vector<placed> places;
  result.name = name;
  while (in.peek() != std::char_traits<char>::eof()) {
    places.push_back(take(in, result.bytes, path));
    result.payload += places.back().len;
  }
  for (const placed &p : places) {
    result.messages.push_back({p.type, ew_str_from(result.bytes.data() + p.offset, p.len)});
  }
  return result;
}

} // namespace bench
