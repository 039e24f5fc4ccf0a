#!/bin/sh
# Builds and runs a consumer project: run_consumer.sh find_package|add_subdirectory|pkg_config SOURCE BUILD FOLDER CC GENERATOR
set -eu
kind=$1 source=$2 build=$3 folder=$4 cc=$5 generator=$6
rm -rf "$folder"
mkdir -p "$folder"

install_copy() { cmake --install "$build" --prefix "$folder/installed" >"$folder/install.log"; }

case $kind in
find_package)
  install_copy
  cmake -S "$source/packaging/test/find_package" -B "$folder/build" -G "$generator" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$folder/installed"
  cmake --build "$folder/build"
  [ "$("$folder/build/consumer")" = /my/stream/path ]
  [ ! -x "$folder/build/runtime_consumer" ] || "$folder/build/runtime_consumer"
  ;;
add_subdirectory)
  cmake -S "$source/packaging/test/add_subdirectory" -B "$folder/build" -G "$generator" -DCMAKE_C_COMPILER="$cc" \
    -DEVENTWIRE_SOURCE_DIR="$source"
  cmake --build "$folder/build"
  [ "$("$folder/build/consumer")" = /my/stream/path ]
  ;;
pkg_config)
  install_copy
  PKG_CONFIG_PATH=$(find "$folder/installed" -type d -name pkgconfig)
  export PKG_CONFIG_PATH
  # shellcheck disable=SC2046  # flags are words
  "$cc" -std=c11 -Wall -Wextra -Wpedantic -Werror "$source/packaging/test/consumer/main.c" \
    $(pkg-config --cflags --libs eventwire-codec) -o "$folder/consumer"
  [ "$("$folder/consumer")" = /my/stream/path ]
  ;;
*)
  echo "unknown kind $kind" >&2
  exit 2
  ;;
esac
