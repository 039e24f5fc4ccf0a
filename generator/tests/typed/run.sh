#!/bin/sh
# Generates, compiles and runs the protocols of this folder.
#
# usage: run.sh PYTHON CC LIBRARY WORK NAME
#
# NAME: NAME.yaml, with the vectors of NAME_vectors.yaml and, where there is one, the test NAME_test.c. LIBRARY: libeventwire-codec. WORK: a folder
# for what is made.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=$1 cc=$2 library=$3 work=$4/$5 name=$5
root=$here/../../..
rm -rf "$work"
mkdir -p "$work"
"$python" "$root/generator/ewgen" gen "$here/$name.yaml" --vectors "$here/${name}_vectors.yaml" --out "$work" --base "$here"
strict="-std=c11 -O1 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wcast-qual -Werror"
strict="$strict ${CFLAGS:-} -I$root/runtime/include -I$work/include -I$work/test"
for file in "$work"/src/*.c "$work"/test/*.c; do
  $cc $strict -c "$file" -o "${file%.c}.o"
done
names="-DDOCUMENT=ew_${name}_document -DVECTORS=ew_${name}_vectors -DCOUNT=ew_${name}_vector_count"
$cc $strict $names "$here/vectors.c" "$work"/src/*.o "$work"/test/*.o "$library" -lm -o "$work/vectors"
"$work/vectors"
if [ -e "$here/${name}_test.c" ]; then
  $cc $strict "$here/${name}_test.c" "$work"/src/*.o "$library" -lm -o "$work/test_of_$name"
  "$work/test_of_$name"
fi
