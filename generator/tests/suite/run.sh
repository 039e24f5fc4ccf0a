#!/bin/sh
# Compiles a part of JSON-Schema-Test-Suite to C and runs it.
#
# usage: run.sh PYTHON CC LIBRARY WORK NAME [OPTION...] FOLDER...
#
# LIBRARY: libeventwire-codec. WORK: a folder for what is made. FOLDER and OPTION: as of json_schema.py. NAME.known beside this file
# lists the failures that are known. EW_SUITE_DIR: the folder with JSON-Schema-Test-Suite. Exit status 77 without it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=$1 cc=$2 library=$3 work=$4/$5 name=$5
shift 5
suite=${EW_SUITE_DIR:-}/JSON-Schema-Test-Suite
if [ ! -d "$suite/tests" ]; then
  echo "skipped: no JSON-Schema-Test-Suite; clone json-schema-org/JSON-Schema-Test-Suite and set EW_SUITE_DIR to the folder it is in"
  exit 77
fi
version=$(git -C "$suite" log -1 --format='%h of %cs' 2>/dev/null || cksum "$suite/tests/draft7/ref.json" | cut -d' ' -f1)
rm -rf "$work"
mkdir -p "$work"
"$python" "$here/json_schema.py" "$suite" "$work" "$name" "$@"
flags="-std=c11 -O0 -Wall -Wextra -Wpedantic -Werror -I$here -I$here/../../../runtime/include -I$work"
jobs=
for file in "$work"/*.c; do
  $cc $flags -c "$file" -o "${file%.c}.o" &
  jobs="$jobs $!"
done
for job in $jobs; do
  wait "$job"
done
$cc $flags ${CFLAGS:-} "-DCASES_HEADER=\"$name.h\"" "$here/runner.c" "$work"/*.o "$library" -lm -o "$work/run"
echo "JSON-Schema-Test-Suite, $version: $*"
"$work/run" "$here/$name.known"
