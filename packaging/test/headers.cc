// Every public header in one C++17 translation unit, those of programs without a cast in the C way.
#include "eventwire/baas.h"
#include "eventwire/baas_client.h"
#include "eventwire/baas_server.h"
#include "eventwire/cjson.h"
#include "eventwire/client.h"
#include "eventwire/codec.h"
#include "eventwire/conform.h"
#include "eventwire/error.h"
#include "eventwire/filter_re2.h"
#include "eventwire/firefly.h"
#include "eventwire/firefly_client.h"
#include "eventwire/firefly_server.h"
#include "eventwire/format.h"
#include "eventwire/frame.h"
#include "eventwire/handshake.h"
#include "eventwire/http.h"
#include "eventwire/kaleido.h"
#include "eventwire/kaleido_client.h"
#include "eventwire/kaleido_server.h"
#include "eventwire/log.h"
#include "eventwire/octave.h"
#include "eventwire/octave_client.h"
#include "eventwire/octave_server.h"
#include "eventwire/protocol.h"
#include "eventwire/requests.h"
#include "eventwire/schema.h"
#include "eventwire/server.h"
#include "eventwire/stream.h"
#include "eventwire/table.h"
#include "eventwire/unknown.h"
#include "eventwire/vector.h"
#include "eventwire/version.h"

#include <cstdio>

// For generated code, which is C.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#ifndef __clang__
#  pragma GCC diagnostic ignored "-Wuseless-cast"
#endif
#include "eventwire/reader.h"
#include "eventwire/writer.h"
#pragma GCC diagnostic pop

static const ew_str constant = EW_STR_INIT("x");

int main() {
  ew_str text = EW_STR("x");
  char copy[2];
  std::snprintf(copy, sizeof(copy), "%.*s", EW_STR_ARG(text));
  return ew_str_equal(text, ew_str_of(copy)) && ew_str_equal(text, constant) ? 0 : 1;
}
