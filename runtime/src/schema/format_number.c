/* Numbers in strings, and Base64. */
#include "format_internal.h"

#include "../codec/scan_internal.h"

static bool is_hex_quantity(const char *ptr, size_t len) {
  ew__rest r = ew__rest_of(ptr, len);
  if (!ew__take_text(&r, "0x")) {
    return false;
  }
  return ew__take(&r, '0') ? ew__at_end(&r)
                           : ew__take_all(&r, ew__is_hex) > 0 && ew__at_end(&r);
}

static bool is_uint256(const char *ptr, size_t len) {
  static const char most[] =
      "115792089237316195423570985008687907853269984665640564039457584007913129639935";
  ew__rest r = ew__rest_of(ptr, len);
  if (ew__take(&r, '0')) {
    return ew__at_end(&r);
  }
  if (ew__take_all(&r, ew__is_digit) == 0 || !ew__at_end(&r)) {
    return false;
  }
  return len < sizeof(most) - 1 || (len == sizeof(most) - 1 && memcmp(ptr, most, len) <= 0);
}

static bool is_base64(const char *ptr, size_t len) {
  return len <= EW_STR_MAX && ew__base64_check(ew_str_from(ptr, len)) == EW_OK;
}

const ew_format ew_format_hex_quantity = {
    "hex-quantity", "0x and a hexadecimal number without leading zeros", is_hex_quantity, NULL};
const ew_format ew_format_uint256 = {
    "uint256", "a decimal number below 2^256 without leading zeros", is_uint256, NULL};
const ew_format ew_format_base64 = {"base64", "Base64 with padding", is_base64, NULL};
const ew_format ew_format_byte = {"byte", "Base64 with padding", is_base64, NULL};
