#!/bin/sh
# Builds and runs a consumer project:
# run_consumer.sh find_package|codec_alone|add_subdirectory|pkg_config SOURCE BUILD FOLDER CC GENERATOR
set -eu
kind=$1 source=$2 build=$3 folder=$4 cc=$5 generator=$6
rm -rf "$folder"
mkdir -p "$folder"

# The example of the README acknowledges what it can read.
check_example() {
  [ "$(cat "$folder/acks")" = '{"type":"ack","topic":"MyTopic"}' ]
  [ "$(cat "$folder/events")" = '494 DataStored(uint256) {"data":"10"}' ]
  ! echo '[{"address":7}]' | "$folder/example/ack" 2>"$folder/refused" || return 1
  grep -q '^1:13: /0/address: the value has the wrong type: expected a string, found 7' "$folder/refused"
  check_turns
}

# An ack is on its way when the next batch is awaited: a server sends none before.
check_turns() {
  mkfifo "$folder/batches" "$folder/answers"
  "$folder/example/ack" MyTopic <"$folder/batches" >"$folder/answers" 2>"$folder/events" &
  exec 3>"$folder/batches" 4<"$folder/answers"
  printf '[%s]\n' "$(head -n 1 "$source/examples/kaleido/events.ndjson")" >&3
  [ "$(timeout 10 head -n 1 <&4)" = '{"type":"ack","topic":"MyTopic"}' ]
  exec 3>&- 4<&-
  wait $!
}

# The commands as they stand there; the installed copy is found through the environment.
try_readme() {
  awk '/^```/ { inside = 0 } /^cmake -S examples.codec/ { inside = 1 } inside' "$source/README.md" |
    sed -e 's/ *# .*//' -e "s,ack-example,$folder/example,g" >"$folder/commands"
  [ "$(wc -l <"$folder/commands")" -eq 2 ]
  sed -n 1p "$folder/commands" >"$folder/build.sh"
  sed -n 2p "$folder/commands" >"$folder/run.sh"
  cd "$source"
  CMAKE_PREFIX_PATH=$folder/installed CC=$cc CMAKE_GENERATOR=$generator sh -eu "$folder/build.sh"
  sh -eu "$folder/run.sh" >"$folder/acks" 2>"$folder/events"
  check_example
}

install_copy() { cmake --install "$build" --prefix "$folder/installed" >"$folder/install.log"; }

# link_with PACKAGE NAME: consumer/NAME.c with what the file of the package names, where that is installed.
link_with() {
  [ -e "$PKG_CONFIG_PATH/$1.pc" ] || return 0
  # shellcheck disable=SC2046  # flags are words
  "$cc" -std=c11 -Wall -Wextra -Wpedantic -Werror "$source/packaging/test/consumer/$2.c" \
    $(pkg-config --cflags --libs "$1") -o "$folder/$2_consumer"
  "$folder/$2_consumer" >"$folder/$2.out"
}

# With the copy that is installed.
find_copy() {
  cmake -S "$source/packaging/test/find_package" -B "$folder/build" -G "$generator" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$folder/installed"
  cmake --build "$folder/build"
  [ "$("$folder/build/consumer")" = /my/stream/path ]
  [ ! -x "$folder/build/cjson_consumer" ] || [ "$("$folder/build/cjson_consumer")" = '{"t":1.50}' ]
  [ ! -x "$folder/build/runtime_consumer" ] || "$folder/build/runtime_consumer"
}

# ask COMPONENTS: configures without any library of the runtime in reach.
ask() {
  rm -rf "$folder/components"
  PKG_CONFIG_LIBDIR=$folder/none PKG_CONFIG_PATH='' cmake -S "$source/packaging/test/components" -B "$folder/components" -G "$generator" \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_PREFIX_PATH="$folder/installed" -DCOMPONENTS="$1" >"$folder/asked" 2>&1
}

# The message may be broken anywhere between its words.
said() { tr -s ' \n' '  ' <"$folder/asked" | grep -qF "$1"; }

ask_for_components() {
  ask codec
  cmake --build "$folder/components"
  [ "$("$folder/components/consumer")" = /my/stream/path ]
  ! ask 'codec;codecs' || return 1
  said 'this copy has no eventwire::codecs'
  [ -n "$(find "$folder/installed" -name eventwire.pc)" ] || return 0
  ! ask '' || return 1
  said 'find_package(eventwire COMPONENTS codec)'
  ! ask 'codec;runtime' || return 1
  said 'pkg-config does not know libwebsockets, which eventwire::runtime needs'
}

case $kind in
find_package)
  install_copy
  find_copy
  ask_for_components
  try_readme
  ;;
codec_alone)
  build=$folder/codec
  cmake -S "$source" -B "$build" -G "$generator" -DCMAKE_C_COMPILER="$cc" -DEW_RUNTIME=OFF -DEW_CJSON=ON
  cmake --build "$build"
  install_copy
  [ ! -e "$folder/installed/bin/ew" ]
  find_copy
  [ -x "$folder/build/cjson_consumer" ]
  ;;
add_subdirectory)
  cmake -S "$source/examples/codec" -B "$folder/example" -G "$generator" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_DISABLE_FIND_PACKAGE_eventwire=ON
  cmake --build "$folder/example"
  printf '[%s]\n' "$(head -n 1 "$source/examples/kaleido/events.ndjson")" |
    "$folder/example/ack" MyTopic >"$folder/acks" 2>"$folder/events"
  check_example
  ;;
pkg_config)
  install_copy
  PKG_CONFIG_PATH=$(find "$folder/installed" -type d -name pkgconfig)
  export PKG_CONFIG_PATH
  link_with eventwire-codec main
  [ "$(cat "$folder/main.out")" = /my/stream/path ]
  link_with eventwire-cjson cjson
  [ ! -e "$folder/cjson.out" ] || [ "$(cat "$folder/cjson.out")" = '{"t":1.50}' ]
  link_with eventwire runtime
  ;;
*)
  echo "unknown kind $kind" >&2
  exit 2
  ;;
esac
