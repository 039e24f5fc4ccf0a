#!/bin/sh
# Runs the targets of a build with EW_FUZZ: run.sh BUILD SECONDS [PART]. PART: only those with it in their names. What is found stays in
# BUILD/fuzz/found.
set -eu
build=$1 seconds=$2 part=${3:-}
source=$(cd "$(dirname "$0")/.." && pwd)
found=$build/fuzz/found
mkdir -p "$found"
failed=0 ran=0
# What schemas of their own are made of; without a generator there is none.
sort -u "$build"/fuzz/eventwire/fuzz_schema/*/fuzz/*.dict /dev/null >"$build/fuzz/schema.dict" 2>/dev/null || :
for target in "$build"/fuzz/fuzz_*_to_* "$build"/fuzz/fuzz_*_stream "$build/fuzz/fuzz_schema" "$build/fuzz/fuzz_format"; do
  [ -x "$target" ] && [ ! -d "$target" ] || continue
  name=$(basename "$target")
  name=${name#fuzz_}
  case $name in *"$part"*) ran=$((ran + 1)) ;; *) continue ;; esac
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
    input=$(sed -n 's/.*Test unit written to //p' "$build/fuzz/$name.log" | tail -n 1)
    [ -z "$input" ] || {
      printf '%s: once more:    %s %s\n' "$name" "$target" "$input"
      printf '%s: make smaller: %s -minimize_crash=1 -max_total_time=60 %s\n' "$name" "$target" "$input"
      printf '%s: to keep it, fixed, among those that are always tried: mkdir -p %s && cp %s %s\n' "$name" \
        "$source/fuzz/corpus/$name" "$input" "$source/fuzz/corpus/$name"
    }
    continue
  }
  sed -n 's/^stat::number_of_executed_units: */  runs: /p; s/^stat::average_exec_per_sec: */  runs a second: /p' \
    "$build/fuzz/$name.log"
done
[ "$ran" -ne 0 ] || {
  printf 'no target has "%s" in its name\n' "$part" >&2
  exit 2
}
[ "$failed" -eq 0 ] || {
  printf '%s targets failed; their inputs are in %s\n' "$failed" "$found"
  exit 1
}
