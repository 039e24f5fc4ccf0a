#!/bin/sh
# The README is tried, not imagined: readme_test.sh EW SOURCE CC [PYTHON]
#   ```console  a command is run and must print what stands below it
#   ```sh       every line that calls ew must be accepted by its option parser
#   ```c        must compile
# and in "A document of your own" of docs/generator.md the yaml block must be a document that ewgen takes, and the c block must
# compile with what it makes.
EW=$1
source=$2
cc=$3
python=${4:-} # with what the generator imports; without it the generator's example is not tried
. "$(dirname "$0")/lib.sh"

# blocks KIND [FILE]: the lines of all code blocks of that kind.
blocks() { awk -v kind="$1" '$0 == "```" kind { inside = 1; next } /^```/ { inside = 0 } inside' "${2:-$source/README.md}"; }

bin=$work/bin
mkdir "$bin"
ln -s "$EW" "$bin/ew"
PATH=$bin:$PATH
export PATH

# ---- console: the input files of the examples
printf '{"msgId":"m1","object":"event",\n "type":"subscribe","path":7}\n' >"$work/request.json"
blocks console >"$work/console"
while IFS= read -r line; do
  case $line in
  '$ '*)
    (cd "$work" && sh -c "${line#\$ }" >"$work/printed" 2>&1)
    ;;
  *) printf '%s\n' "$line" >>"$work/expected" ;;
  esac
done <"$work/console"
checks=$((checks + 1))
cmp -s "$work/printed" "$work/expected" || {
  diff "$work/expected" "$work/printed"
  fail 'a console block prints something else'
}

# ---- sh: options that exist
blocks sh | sed -n 's/^ew /ew /p' | sed 's/ #.*//' >"$work/commands"
checks=$((checks + 1))
[ "$(wc -l <"$work/commands")" -ge 5 ] || fail 'the README has lost its examples'
while IFS= read -r line; do
  expect 0 "$line" sh -c "$line --help"
done <"$work/commands"

# ---- c: the embedding example
{
  blocks c | grep '^#include'
  printf '#include <stdio.h>\nvoid example(ew_str json);\nvoid example(ew_str json) {\n'
  blocks c | grep -v '^#include'
  printf '}\n'
} >"$work/example.c"
expect 0 'the C example compiles' "$cc" -std=c11 -Wall -Wextra -Werror -fsyntax-only -I"$source/runtime/include" \
  -I"$source/generated/octave/include" "$work/example.c"

# ---- a document of one's own
sed -n '/^## A document of your own/,/^## /{//!p}' "$source/docs/generator.md" >"$work/own.md"
blocks yaml "$work/own.md" >"$work/chat.yaml"
blocks c "$work/own.md" >"$work/main.c"
if [ -n "$python" ]; then
  expect 0 'ewgen takes the document' "$python" "$source/generator/ewgen" gen "$work/chat.yaml" --base "$work" --prefix chat --out "$work/chat"
  expect 0 'the C example of the generator compiles' "$cc" -std=c11 -Wall -Wextra -Werror -fsyntax-only -I"$source/runtime/include" \
    -I"$work/chat/include" "$work/main.c" "$work"/chat/src/*.c
fi
finish
