/** eventwire/version.h - the version of the library and of `ew`. */
#ifndef EVENTWIRE_VERSION_H
#define EVENTWIRE_VERSION_H

#define EW_VERSION_MAJOR 0
#define EW_VERSION_MINOR 1
#define EW_VERSION_PATCH 0
#define EW_VERSION "0.1.0"

#endif
