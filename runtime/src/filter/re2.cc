#include "eventwire/filter_re2.h"

#include <re2/re2.h>

#include <cstdio>
#include <memory>
#include <new>
#include <string>

namespace {

/* The words of Go's regexp/syntax package for the same errors. */
const char *reason_of(re2::RE2::ErrorCode code) {
  switch (code) {
  case re2::RE2::ErrorBadEscape:
    return "invalid escape sequence";
  case re2::RE2::ErrorBadCharClass:
    return "invalid character class";
  case re2::RE2::ErrorBadCharRange:
    return "invalid character class range";
  case re2::RE2::ErrorMissingBracket:
    return "missing closing ]";
  case re2::RE2::ErrorMissingParen:
    return "missing closing )";
  case re2::RE2::ErrorUnexpectedParen:
    return "unexpected )";
  case re2::RE2::ErrorTrailingBackslash:
    return "trailing backslash at end of expression";
  case re2::RE2::ErrorRepeatArgument:
    return "missing argument to repetition operator";
  case re2::RE2::ErrorRepeatSize:
    return "invalid repeat count";
  case re2::RE2::ErrorRepeatOp:
    return "invalid nested repetition operator";
  case re2::RE2::ErrorBadPerlOp:
    return "invalid or unsupported Perl syntax";
  case re2::RE2::ErrorBadUTF8:
    return "invalid UTF-8";
  case re2::RE2::ErrorBadNamedCapture:
    return "invalid named capture";
  case re2::RE2::ErrorPatternTooLarge:
    return "expression too large";
  case re2::RE2::NoError:
  case re2::RE2::ErrorInternal:
    break;
  }
  return "internal error";
}

/* At most 80 bytes, whole code points. */
std::string shortened(std::string text) {
  std::size_t len = text.size() > 80 ? 80 : text.size();
  while (len < text.size() && len > 0 && (static_cast<unsigned char>(text[len]) & 0xc0) == 0x80) {
    len--;
  }
  text.resize(len);
  return text;
}

void explain(const re2::RE2 &program, char *reason, std::size_t size) {
  /* What Go quotes of bytes that are no UTF-8 is of no use to a reader who only takes UTF-8. */
  const bool readable = program.error_code() != re2::RE2::ErrorBadUTF8;
  const std::string quoted = readable ? shortened(program.error_arg()) : std::string();
  std::snprintf(reason, size, "error parsing regexp: %s: `%s`", reason_of(program.error_code()), quoted.c_str());
}

void *compile(void *, ew_str pattern, char *reason, std::size_t size) {
  if (pattern.len > EW_FILTER_RE2_MAX_PATTERN) {
    std::snprintf(reason, size, "longer than %d bytes", EW_FILTER_RE2_MAX_PATTERN);
    return nullptr;
  }
  try {
    re2::RE2::Options options;
    options.set_max_mem(EW_FILTER_RE2_MAX_MEMORY);
    options.set_log_errors(false);
    auto program = std::make_unique<re2::RE2>(re2::StringPiece(pattern.ptr, pattern.len), options);
    if (program->ok()) {
      return program.release();
    }
    explain(*program, reason, size);
  } catch (const std::bad_alloc &) {
    std::snprintf(reason, size, "out of memory");
  }
  return nullptr;
}

bool match(const void *program, ew_str text) {
  const auto *compiled = static_cast<const re2::RE2 *>(program);
  const re2::StringPiece subject(text.ptr, text.len);
  return compiled->Match(subject, 0, subject.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

void release(void *program) { delete static_cast<re2::RE2 *>(program); }

} // namespace

extern "C" const ew_filter_engine *ew_filter_re2(void) {
  static const ew_filter_engine engine = {nullptr, compile, match, release};
  return &engine;
}
