/**
 * eventwire/format.h - the formats of JSON Schema and of this field as functions over a text.
 *
 * Generated tables refer to them where `format` is an assertion; programs link those alone that
 * their tables refer to. Each looks at a text (UTF-8,
 * unescaped) in linear time, takes no memory, and reads nothing beyond its len bytes; ptr may be
 * NULL when len is 0. Thread: any.
 *
 * Of the drafts:
 *   date-time, date, time   RFC 3339; a leap second only where UTC has 23:59:60
 *   duration                RFC 3339, appendix A
 *   email, idn-email        a mailbox of RFC 5321 and RFC 6531, without comments
 *   hostname, idn-hostname  RFC 1123, RFC 5891 to 5893 by Unicode 15.1, without asking for NFC
 *   ipv4, ipv6              RFC 2673, RFC 4291; without zone
 *   uri, uri-reference      RFC 3986
 *   iri, iri-reference      RFC 3987
 *   uri-template            RFC 6570
 *   uuid                    RFC 4122, any version
 *   json-pointer, relative-json-pointer
 *                           RFC 6901 and its draft
 *   regex                   syntax of ECMA-262 with the flag u, up to 256 groups in one another and
 *                           64 names; names behind \p are not looked up
 *
 * Of this field:
 *   go-duration             as Go's time.ParseDuration: "1m30s", "-1.5h", "0"
 *   ff-duration             as FireFly's FFDuration: the same, or whole milliseconds: "1500"
 *   re2                     syntax of RE2 and of Go's regexp, where they agree; limits as above
 *   eth-address             0x and 40 hexadecimal digits; in mixed case with the checksum of EIP-55
 *   hex-quantity            of Ethereum's JSON-RPC: 0x and digits without leading zeros
 *   uint256                 a decimal number below 2^256 without leading zeros
 *   byte, base64            RFC 4648 section 4, with padding
 */
#ifndef EW_FORMAT_H
#define EW_FORMAT_H

#include "eventwire/table.h"

#ifdef __cplusplus
extern "C" {
#endif

#define EW_FORMAT_MAP(X)                                                                      \
  X(base64, "base64")                                                                         \
  X(byte, "byte")                                                                             \
  X(date, "date")                                                                             \
  X(date_time, "date-time")                                                                   \
  X(duration, "duration")                                                                     \
  X(email, "email")                                                                           \
  X(eth_address, "eth-address")                                                               \
  X(ff_duration, "ff-duration")                                                               \
  X(go_duration, "go-duration")                                                               \
  X(hex_quantity, "hex-quantity")                                                             \
  X(hostname, "hostname")                                                                     \
  X(idn_email, "idn-email")                                                                   \
  X(idn_hostname, "idn-hostname")                                                             \
  X(ipv4, "ipv4")                                                                             \
  X(ipv6, "ipv6")                                                                             \
  X(iri, "iri")                                                                               \
  X(iri_reference, "iri-reference")                                                           \
  X(json_pointer, "json-pointer")                                                             \
  X(re2, "re2")                                                                               \
  X(regex, "regex")                                                                           \
  X(relative_json_pointer, "relative-json-pointer")                                           \
  X(time, "time")                                                                             \
  X(uint256, "uint256")                                                                       \
  X(uri, "uri")                                                                               \
  X(uri_reference, "uri-reference")                                                           \
  X(uri_template, "uri-template")                                                             \
  X(uuid, "uuid")

#define EW_FORMAT_DECLARE_(id, name) extern EW_API const ew_format ew_format_##id;
EW_FORMAT_MAP(EW_FORMAT_DECLARE_)
#undef EW_FORMAT_DECLARE_

/**
 * Reads a duration as Go's time.ParseDuration does, to nanoseconds. False: it is none, or does not
 * fit; out is untouched then. Thread: any.
 */
EW_MUST_CHECK EW_API bool ew_go_duration_read(ew_str text, int64_t *out);

/**
 * Reads such a duration, or a whole number of milliseconds, to nanoseconds; milliseconds beyond 64
 * bits of these become the most there are. False: it is neither; out is untouched then. Thread:
 * any.
 */
EW_MUST_CHECK EW_API bool ew_ff_duration_read(ew_str text, int64_t *out);

#ifdef __cplusplus
}
#endif
#endif
