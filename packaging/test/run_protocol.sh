#!/bin/sh
# A protocol of somebody else, from an empty folder against an installed copy: run_protocol.sh SOURCE BUILD FOLDER CC GENERATOR PYTHON
set -eu
source=$1 build=$2 folder=$3 cc=$4 generator=$5 python=${6:-}
if [ -z "$python" ]; then
  echo "skipped: no Python 3.9 with Jinja2 and PyYAML; apt-get install python3 python3-jinja2 python3-yaml"
  exit 77
fi
rm -rf "$folder"
mkdir -p "$folder"
project=$folder/project

fail() {
  echo "$*" >&2
  exit 1
}

# configure NAME COMPILER OPTION...
configure() {
  name=$1 compiler=$2
  shift 2
  cmake -S "$project" -B "$folder/$name" -G "$generator" -DCMAKE_C_COMPILER="$compiler" -DEW_PYTHON="$python" \
    -DCMAKE_PREFIX_PATH="$folder/installed" -DCMAKE_C_FLAGS="-Wall -Wextra -Wpedantic -Werror" "$@"
}

make_all() { cmake --build "$folder/$1" >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"; }

# What the program says to a message and to an order.
answer() { "$folder/$1/room" '{"type":"say","text":"good evening"}' '{"dish":"stew","price":8.30}' >"$folder/answer"; }

# accepts NAME
accepts() {
  answer "$1"
  [ "$(cat "$folder/answer")" = 'good evening
ordered' ] || fail "$1: $(cat "$folder/answer")"
}

# complains NAME PATTERN
complains() {
  answer "$1"
  grep -q "$2" "$folder/answer" || fail "$1: $(cat "$folder/answer")"
}

cp -R "$source/packaging/test/protocol" "$project"
cmake --install "$build" --prefix "$folder/installed" >"$folder/install.log"
! grep -q __pycache__ "$folder/install.log" || fail "caches of Python are installed"
grep -q '/man1/ewgen\.1$' "$folder/install.log" || fail "no manual page is installed"

# The program, and nothing to do a second time.
configure build "$cc"
make_all build
accepts build
make_all build
! grep -q 'Compiling the protocol' "$folder/log" || fail "generated again for nothing: $(cat "$folder/log")"

# Another document is another program: of a file that the document refers to, and of a schema.
change() { sed "$2" "$source/packaging/test/protocol/$1" >"$project/$1"; }
change schemas.yaml 's/maxLength: 20/maxLength: 5/'
make_all build
complains build '^1:22: /text: .*schemas.yaml#/Say/properties/text/maxLength'
change schemas.yaml ''
change orders.json 's/"stew"/"roast"/'
make_all build
complains build '^1:9: /dish: .*#/definitions/Order/properties/dish/enum'
change orders.json ''
make_all build

# refuses FILE EDIT PLACE: a mistake fails the build: one line says where it is, and what was generated before stays.
refuses() {
  change "$1" "$2"
  if cmake --build "$folder/build" >"$folder/log" 2>&1; then
    fail "$1 was built after $2"
  fi
  [ "$(grep -c '^ewgen: ' "$folder/log")" -eq 1 ] && grep -q "^ewgen: $3: " "$folder/log" || fail "$(cat "$folder/log")"
  ! grep -q Traceback "$folder/log" || fail "$(cat "$folder/log")"
  accepts build
  change "$1" ''
  make_all build
  accepts build
}
refuses chat.yaml 's/action: send/action: shout/' 'chat.yaml:15: #/operations/toClient'
refuses schemas.yaml 's/text: {type: string}/text: {type: strng}/' 'schemas.yaml:18: #/Said/properties/text/type'
refuses orders.json 's/"enum"/"pattern"/' 'orders.json:7: #/definitions/Order/properties/dish/pattern'

# The document, the program and the project of the manual.
block() { awk -v fence='```'"$1" '/^```$/ && inside { exit } inside; $0 == fence { inside = 1 }' "$source/docs/generator.md"; }
project=$folder/manual
mkdir "$project"
block yaml >"$project/chat.yaml"
block c >"$project/main.c"
block cmake >"$project/CMakeLists.txt"
configure manual_build "$cc"
make_all manual_build
[ "$("$folder/manual_build/app")" = hello ] || fail "the program of the manual says something else"

# misses ARGUMENTS PATTERN: what a call leaves out or gets wrong is named.
misses() {
  sed "s/^eventwire_add_protocol(.*/eventwire_add_protocol($1)/" "$folder/manual.cmake" >"$project/CMakeLists.txt"
  ! configure calls "$cc" >"$folder/log" 2>&1 || fail "configured with $1"
  tr -s ' \n' ' ' <"$folder/log" | grep -q "eventwire_add_protocol: $2" || fail "$(cat "$folder/log")"
}
cp "$project/CMakeLists.txt" "$folder/manual.cmake"
misses 'TARGET app ASYNCAPI chat.yaml' 'PREFIX "": expected letters'
misses 'TARGET app PREFIX my-chat ASYNCAPI chat.yaml' 'PREFIX "my-chat": expected letters'
misses 'TARGET ap PREFIX chat ASYNCAPI chat.yaml' 'TARGET "ap" is no target'
misses 'TARGET app PREFIX chat' 'give ASYNCAPI or SCHEMA'
project=$folder/project

# The copy is where it is moved to, and what it writes needs no Python to be built.
mv "$folder/installed" "$folder/moved"
ln -s moved/bin/ewgen "$folder/ewgen"
cd "$project"
EW_PYTHON=$python "$folder/ewgen" gen chat.yaml --prefix chat --out "$folder/generated"
EW_PYTHON=$python "$folder/ewgen" gen --schema orders.json --root Order --prefix order --out "$folder/generated"
configure without_python "$cc" -DCMAKE_PREFIX_PATH="$folder/moved" -DGENERATED="$folder/generated"
make_all without_python
accepts without_python
cmp "$folder/generated/src/chat_read.c" "$folder/build/eventwire/room/chat/src/chat_read.c"
status=0
EW_PYTHON='' VIRTUAL_ENV='' PATH="$folder/nothing" "$folder/moved/bin/ewgen" --version >"$folder/log" 2>&1 || status=$?
case $status in
0) ;; # there is a good one in /usr/bin or /usr/local/bin
2) grep -q 'install python3, python3-jinja2 and python3-yaml' "$folder/log" ;;
*) fail "$(cat "$folder/log")" ;;
esac

# The sources in place of an installed copy.
configure from_source "$cc" -DEVENTWIRE_SOURCE="$source"
make_all from_source
accepts from_source

# Fuzz targets, with their dictionaries.
if ! command -v clang >/dev/null 2>&1; then
  echo "no clang, so no fuzz targets"
  exit 0
fi
configure fuzz clang -DCMAKE_PREFIX_PATH="$folder/moved" -DFUZZ=ON
make_all fuzz
if [ ! -x "$folder/fuzz/room_fuzz_order" ]; then
  echo "this clang has no libFuzzer, so no fuzz targets"
  exit 0
fi
for target in room_fuzz_chat_to_server room_fuzz_chat_to_client room_fuzz_order; do
  "$folder/fuzz/$target" -runs=20000 -seed=1 -dict="$folder/fuzz/$target.dict" >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
done
