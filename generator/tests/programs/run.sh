#!/bin/sh
# Generates the code of NAME.yaml, compiles it and NAME.c beside it, and runs the program.
#
# usage: run.sh PYTHON CC LIBRARY WORK NAME
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=$1 cc=$2 library=$3 work=$4/$5 name=$5
rm -rf "$work"
mkdir -p "$work"
"$python" "$here/../../ewgen" gen "$here/$name.yaml" --base "$here" --prefix "$name" --out "$work"
flags="-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wcast-qual -Werror ${CFLAGS:-}"
$cc $flags -I"$here/../../../runtime/include" -I"$work/include" -I"$work/src" "$here/$name.c" "$work"/src/*.c "$library" -lm -o "$work/run"
"$work/run"
