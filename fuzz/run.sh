#!/bin/sh
# Runs every target of a build with EW_FUZZ: run.sh BUILD SECONDS. What is found stays in BUILD/fuzz/found.
set -eu
build=$1 seconds=$2
source=$(cd "$(dirname "$0")/.." && pwd)
found=$build/fuzz/found
mkdir -p "$found"
failed=0
# What schemas of their own are made of; without a generator there is none.
sort -u "$build"/fuzz/eventwire/fuzz_schema/*/fuzz/*.dict /dev/null >"$build/fuzz/schema.dict" 2>/dev/null || :
for target in "$build"/fuzz/fuzz_*_to_* "$build"/fuzz/fuzz_*_stream "$build/fuzz/fuzz_schema" "$build/fuzz/fuzz_format"; do
  [ -x "$target" ] && [ ! -d "$target" ] || continue
  name=$(basename "$target")
  name=${name#fuzz_}
  protocol=${name%%_*}
  corpus=$build/fuzz/corpus/$name
  mkdir -p "$corpus"
  kept=$source/fuzz/corpus/$name # seeds, and inputs that once broke something
  [ -d "$kept" ] || kept=
  seeds=$build/fuzz/vectors/$protocol
  [ -d "$seeds" ] || seeds=
  dictionary=$source/generated/$protocol/fuzz/$protocol.dict
  [ -f "$dictionary" ] || dictionary=$build/fuzz/$protocol.dict
  [ -f "$dictionary" ] || dictionary=
  length=65536
  case $name in
  schema | format) length=4096 ;; # each input is judged dozens of times
  esac
  printf '%s: %s s\n' "$name" "$seconds"
  "$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2500 -max_len="$length" -print_final_stats=1 \
    ${dictionary:+-dict="$dictionary"} -artifact_prefix="$found/$name-" \
    "$corpus" ${kept:+"$kept"} ${seeds:+"$seeds"} >"$build/fuzz/$name.log" 2>&1 || {
    failed=$((failed + 1))
    printf '%s: FAILED; the log is %s\n' "$name" "$build/fuzz/$name.log"
    tail -n 20 "$build/fuzz/$name.log"
    continue
  }
  sed -n 's/^stat::number_of_executed_units: */  runs: /p; s/^stat::average_exec_per_sec: */  runs a second: /p' \
    "$build/fuzz/$name.log"
done
[ "$failed" -eq 0 ] || {
  printf '%s targets failed; their inputs are in %s\n' "$failed" "$found"
  exit 1
}
