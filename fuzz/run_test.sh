#!/bin/sh
# What run.sh says of targets that fail, and which it runs, with scripts for targets: run_test.sh FOLDER
set -eu
work=$1
run=$(cd "$(dirname "$0")" && pwd)/run.sh
rm -rf "$work"
mkdir -p "$work/fuzz"
printf '#!/bin/sh\necho "artifact_prefix; Test unit written to %s/fuzz/found/format-crash-1" >&2\nexit 77\n' "$work" >"$work/fuzz/fuzz_format"
printf '#!/bin/sh\necho "stat::number_of_executed_units: 5"\n' >"$work/fuzz/fuzz_tiny_to_server"
chmod +x "$work"/fuzz/fuzz_*

! "$run" "$work" 1 >"$work/said" || exit 1
grep -q '^tiny_to_server: 1 s$' "$work/said"
grep -q '^  runs: 5$' "$work/said"
grep -q "^format: once more:    $work/fuzz/fuzz_format $work/fuzz/found/format-crash-1$" "$work/said"
grep -q '^format: make smaller: .* -minimize_crash=1 ' "$work/said"
grep -q '^1 targets failed' "$work/said"

"$run" "$work" 1 tiny >"$work/said"
! grep -q format "$work/said" || exit 1
code=0
"$run" "$work" 1 none 2>"$work/said" || code=$?
[ "$code" -eq 2 ]
grep -q 'no target has "none" in its name' "$work/said"
