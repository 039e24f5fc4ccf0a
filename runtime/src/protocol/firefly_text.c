#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "eventwire/format.h"
#include "firefly_internal.h"

/* ------------------------------------------------------------------------------------------------ refusals */

bool ew__firefly_fail(firefly_error *error, int status, const char *format, ...) {
  va_list args;
  va_start(args, format);
  error->status = status;
  vsnprintf(error->text, sizeof(error->text), format, args);
  va_end(args);
  /* The end may have been cut inside a code point. */
  size_t len = strlen(error->text);
  error->text[ew__firefly_clip(ew_str_from(error->text, len), sizeof(error->text) - 4).len] = '\0';
  return false;
}

ew_str ew__firefly_clip(ew_str text, uint32_t max) {
  if (text.len <= max) {
    return text;
  }
  uint32_t len = max;
  while (len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
    len--;
  }
  return ew_str_from(text.ptr, len);
}

/*
 * A byte as Go quotes it; the reader there takes each byte of a longer sequence for a character of
 * its own.
 */
static void quote_byte(unsigned char c, char *out, size_t size) {
  static const struct {
    unsigned char byte;
    const char *text;
  } named[] = {{'\'', "'\\''"}, {'"', "'\"'"},   {'\\', "'\\\\'"},
               {'\t', "'\\t'"}, {'\n', "'\\n'"}, {'\r', "'\\r'"}};
  for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
    if (named[i].byte == c) {
      snprintf(out, size, "%s", named[i].text);
      return;
    }
  }
  if (c < 0x20 || c == 0x7f) {
    snprintf(out, size, "'\\x%02x'", c);
  } else if (c < 0x80) {
    snprintf(out, size, "'%c'", c);
  } else if (c <= 0xa0 || c == 0xad) {
    snprintf(out, size, "'\\u%04x'", c);
  } else {
    snprintf(out, size, "'%c%c'", 0xc0 | (c >> 6), 0x80 | (c & 0x3f));
  }
}

static void describe_syntax(firefly_error *error, const ew_diag *diag, ew_str message) {
  char quoted[16];
  if (diag->offset >= message.len) {
    ew__firefly_fail(error, 400, "unexpected end of JSON input");
    return;
  }
  quote_byte((unsigned char)message.ptr[diag->offset], quoted, sizeof(quoted));
  ew__firefly_fail(
      error, 400, "invalid character %s %s", quoted,
      diag->err == EW_ERR_TRAILING ? "after top-level value" : "looking for beginning of value");
}

/* "/options/headers/a" as "options.headers.a". */
static void dotted(const char *pointer, char *out, size_t size) {
  snprintf(out, size, "%s", *pointer == '/' ? pointer + 1 : pointer);
  for (char *c = out; *c != '\0'; c++) {
    if (*c == '/') {
      *c = '.';
    }
  }
}

static const char *json_type_at(ew_str message, size_t offset) {
  ew_raw rest = {
      ew_str_from(message.ptr + offset, offset < message.len ? message.len - offset : 0)};
  switch (ew_raw_type(rest)) {
  case EW_JSON_NULL:
    return "null";
  case EW_JSON_BOOL:
    return "bool";
  case EW_JSON_NUMBER:
    return "number";
  case EW_JSON_STRING:
    return "string";
  case EW_JSON_ARRAY:
    return "array";
  case EW_JSON_OBJECT:
    return "object";
  case EW_JSON_NONE:
    break;
  }
  return "value";
}

/* "a string" as a type of Go. */
static const char *go_name(const char *path, const char *expected) {
  if (strcmp(path, "type") == 0) {
    return "fftypes.FFEnum";
  }
  if (strncmp(expected, "a ", 2) == 0) {
    return expected + 2;
  }
  return strncmp(expected, "an ", 3) == 0 ? expected + 3 : expected;
}

static void describe_type(firefly_error *error, const ew_diag *diag, ew_str message,
                          const char *go_type) {
  char path[sizeof(diag->pointer)];
  const char *found = json_type_at(message, diag->offset);
  if (diag->pointer[0] == '\0') {
    ew__firefly_fail(error, 400, "json: cannot unmarshal %s into Go value of type core.%s", found,
                     go_type);
    return;
  }
  dotted(diag->pointer, path, sizeof(path));
  ew__firefly_fail(error, 400, "json: cannot unmarshal %s into Go struct field %s.%s of type %s",
                   found, go_type, path, go_name(path, diag->expected));
}

/* The bytes between the quotes of the string that begins at offset. */
static ew_str string_at(ew_str message, size_t offset) {
  size_t begin = offset + 1;
  size_t end = begin;
  while (end < message.len && message.ptr[end] != '"') {
    end++;
  }
  return begin < message.len ? ew_str_from(message.ptr + begin, end - begin) : ew_str_from(NULL, 0);
}

static void describe_uuid(firefly_error *error, const ew_diag *diag, ew_str message) {
  firefly_uuid unused;
  ew_str text = string_at(message, diag->offset);
  if (ew__firefly_uuid_read(text, &unused) == FIREFLY_UUID_LENGTH) {
    ew__firefly_fail(error, 400, "invalid UUID length: %" PRIu32, text.len);
  } else {
    ew__firefly_fail(error, 400, "invalid UUID format");
  }
}

/*
 * A filter that is no regular expression, as the engine of filters would say it; the codec has found
 * out before.
 */
static void describe_filter(firefly_error *error, const ew_diag *diag) {
  static const char blockchain[] = "/filter/blockchainevent/";
  char path[sizeof(diag->pointer)];
  const char *found = diag->found;
  size_t len = strlen(found);
  const char *why = strstr(diag->expected, ": ");
  bool renamed = strncmp(diag->pointer, blockchain, sizeof(blockchain) - 1) == 0;
  dotted(renamed ? diag->pointer + sizeof(blockchain) - 1 : diag->pointer, path, sizeof(path));
  if (len >= 2 && found[0] == '"' && found[len - 1] == '"') {
    found++;
    len -= 2;
  }
  ew__firefly_fail(error, 500, "FF10171: Unable to compile '%s%s' regexp '%.*s': error parsing regexp%s",
                   renamed ? "filter.blockchain." : "", path, (int)len, found, why == NULL ? "" : why);
}

static bool ends_with(const char *text, const char *end) {
  size_t len = strlen(text);
  size_t end_len = strlen(end);
  return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static void describe_value(firefly_error *error, const ew_diag *diag, ew_str message,
                           const char *go_type) {
  char path[sizeof(diag->pointer)];
  dotted(diag->pointer, path, sizeof(path));
  if (strcmp(json_type_at(message, diag->offset), "number") == 0) {
    ew__firefly_fail(error, 400,
                     "json: cannot unmarshal number %s into Go struct field %s.%s of type %s",
                     diag->found, go_type, path, ends_with(path, "readAhead") ? "uint16" : "int");
  } else {
    ew__firefly_fail(error, 400, "json: cannot unmarshal %s.%s: %s", go_type, path,
                     ew_err_text(diag->err));
  }
}

void ew__firefly_describe(firefly_error *error, const ew_diag *diag, ew_str message,
                          const char *go_type) {
  if (diag->err == EW_ERR_SYNTAX || diag->err == EW_ERR_TRUNCATED || diag->err == EW_ERR_TRAILING) {
    describe_syntax(error, diag, message);
  } else if (diag->err == EW_ERR_TYPE) {
    describe_type(error, diag, message, go_type);
  } else if (diag->err == EW_ERR_PATTERN && ends_with(diag->pointer, "id")) {
    describe_uuid(error, diag, message);
  } else if (diag->err == EW_ERR_CONTENT && strncmp(diag->pointer, "/filter/", 8) == 0) {
    describe_filter(error, diag);
  } else if (diag->pointer[0] == '\0') {
    ew__firefly_fail(error, 400, "%s", ew_err_text(diag->err));
  } else {
    describe_value(error, diag, message, go_type);
  }
}

/* ----------------------------------------------------------------------------------------------------- ids */

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  char lower = (char)(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool read_hex(const char *digits, uint8_t *out, size_t count) {
  for (size_t i = 0; i < count; i++) {
    int high = hex_digit(digits[2 * i]);
    int low = hex_digit(digits[2 * i + 1]);
    if (high < 0 || low < 0) {
      return false;
    }
    out[i] = (uint8_t)(high << 4 | low);
  }
  return true;
}

/* 8-4-4-4-12 digits. */
static bool read_hyphenated(const char *text, uint8_t *out) {
  bool hyphens = text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
  return hyphens && read_hex(text, out, 4) && read_hex(text + 9, out + 4, 2) &&
         read_hex(text + 14, out + 6, 2) && read_hex(text + 19, out + 8, 2) &&
         read_hex(text + 24, out + 10, 6);
}

static bool has_urn(const char *text) {
  static const char urn[] = "urn:uuid:";
  for (size_t i = 0; urn[i] != '\0'; i++) {
    if ((text[i] | 0x20) != (urn[i] | 0x20)) {
      return false;
    }
  }
  return true;
}

firefly_uuid_fault ew__firefly_uuid_read(ew_str text, firefly_uuid *out) {
  firefly_uuid uuid = {{0}};
  bool good = false;
  switch (text.len) {
  case 0:
    good = true;
    break;
  case 32:
    good = read_hex(text.ptr, uuid.bytes, sizeof(uuid.bytes));
    break;
  case 36:
    good = read_hyphenated(text.ptr, uuid.bytes);
    break;
  case 38:
    good = text.ptr[0] == '{' && text.ptr[37] == '}' && read_hyphenated(text.ptr + 1, uuid.bytes);
    break;
  case 45:
    good = has_urn(text.ptr) && read_hyphenated(text.ptr + 9, uuid.bytes);
    break;
  default:
    return FIREFLY_UUID_LENGTH;
  }
  if (!good) {
    return FIREFLY_UUID_FORMAT;
  }
  *out = uuid;
  return FIREFLY_UUID_OK;
}

void ew__firefly_uuid_write(firefly_uuid uuid, char out[FIREFLY_ID_SIZE]) {
  static const char digits[] = "0123456789abcdef";
  char *p = out;
  for (size_t i = 0; i < sizeof(uuid.bytes); i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      *p++ = '-';
    }
    *p++ = digits[uuid.bytes[i] >> 4];
    *p++ = digits[uuid.bytes[i] & 15];
  }
  *p = '\0';
}

firefly_uuid ew__firefly_uuid_random(const firefly_service *service) {
  firefly_uuid uuid;
  service->base.host.random(service->base.host.ctx, uuid.bytes, sizeof(uuid.bytes));
  uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x40);
  uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

/* -------------------------------------------------------------------------------------- durations and times */

#define NS_PER_MS 1000000

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool ew__firefly_duration_read(ew_str text, uint32_t *ms) {
  int64_t ns;
  if (!ew_ff_duration_read(text, &ns)) {
    return false;
  }
  int64_t whole = ns <= 0 ? 0 : (ns - 1) / NS_PER_MS + 1;
  *ms = whole > UINT32_MAX ? UINT32_MAX : (uint32_t)whole;
  return true;
}

/*
 * Days since 1970-01-01 as a date of the Gregorian calendar, counted from a 1st of March so that
 * leap days come last.
 */
static void write_date(uint64_t days, char *out, size_t size) {
  uint64_t shifted = days + 719468;
  uint64_t era = shifted / 146097;
  uint64_t day_of_era = shifted % 146097;
  uint64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  uint64_t month_index = (5 * day_of_year + 2) / 153;
  uint64_t day = day_of_year - (153 * month_index + 2) / 5 + 1;
  uint64_t month = month_index < 10 ? month_index + 3 : month_index - 9;
  uint64_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
  snprintf(out, size, "%04u-%02u-%02u", (unsigned)(year % 10000), (unsigned)(month % 100),
           (unsigned)(day % 100));
}

void ew__firefly_time_write(uint64_t ms_since_1970, char out[FIREFLY_TIME_SIZE]) {
  uint64_t seconds = ms_since_1970 / 1000;
  uint64_t ms = ms_since_1970 % 1000;
  char date[16];
  char fraction[16] = "";
  write_date(seconds / 86400, date, sizeof(date));
  if (ms != 0) {
    snprintf(fraction, sizeof(fraction), ".%03u", (unsigned)ms);
    for (size_t len = strlen(fraction); len > 0 && fraction[len - 1] == '0'; len--) {
      fraction[len - 1] = '\0';
    }
  }
  snprintf(out, FIREFLY_TIME_SIZE, "%.12sT%02u:%02u:%02u%.4sZ", date,
           (unsigned)(seconds / 3600 % 24), (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60),
           fraction);
}

/* --------------------------------------------------------------------------------------------------- names */

static bool is_alphanumeric(char c) {
  char lower = (char)(c | 0x20);
  return is_digit(c) || (lower >= 'a' && lower <= 'z');
}

bool ew__firefly_name_valid(ew_str name) {
  if (name.len == 0 || name.len > FIREFLY_NAME_SIZE || !is_alphanumeric(name.ptr[0]) ||
      !is_alphanumeric(name.ptr[name.len - 1])) {
    return false;
  }
  for (uint32_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    if (!is_alphanumeric(c) && c != '.' && c != '-' && c != '_') {
      return false;
    }
  }
  return true;
}
