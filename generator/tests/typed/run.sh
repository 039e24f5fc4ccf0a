#!/bin/sh
# Generates, compiles and runs the protocols and the schemas of this folder.
#
# usage: run.sh PYTHON CC LIBRARY WORK NAME
#
# NAME: NAME.yaml with the vectors of NAME_vectors.yaml, or NAME/*.json, each a schema by itself; and the test NAME_test.c where there is
# one. NAME_options.yaml, where it is there, is the file of options. LIBRARY: libeventwire-codec. WORK: a folder for what is made.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=$1 cc=$2 library=$3 work=$4/$5 name=$5
root=$here/../../..
rm -rf "$work"
mkdir -p "$work"
if [ -d "$here/$name" ]; then
  for schema in "$here/$name"/*.json; do
    "$python" "$root/generator/ewgen" gen --schema "$schema" --prefix "$(basename "$schema" .json)" --out "$work" --base "$here"
  done
else
  options=
  if [ -e "$here/${name}_options.yaml" ]; then
    options="--options $here/${name}_options.yaml"
  fi
  # shellcheck disable=SC2086 # no option, or two words
  "$python" "$root/generator/ewgen" gen "$here/$name.yaml" $options --vectors "$here/${name}_vectors.yaml" --out "$work" --base "$here"
fi
strict="-std=c11 -O1 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wcast-qual -Werror"
strict="$strict ${CFLAGS:-} -I$root/runtime/include -I$work/include -I$work/test"
for file in "$work"/src/*.c "$work"/test/*.c; do
  if [ -e "$file" ]; then
    $cc $strict -c "$file" -o "${file%.c}.o"
  fi
done
if [ -d "$work/test" ]; then
  names="-DDOCUMENT=ew_${name}_document -DVECTORS=ew_${name}_vectors -DCOUNT=ew_${name}_vector_count"
  $cc $strict $names "$here/vectors.c" "$work"/src/*.o "$work"/test/*.o "$library" -lm -o "$work/vectors"
  "$work/vectors"
fi
if [ -e "$here/${name}_test.c" ]; then
  $cc $strict "$here/${name}_test.c" "$work"/src/*.o "$library" -lm -o "$work/test_of_$name"
  "$work/test_of_$name"
fi
