#!/bin/sh
# The conformance suite against our own server in every configuration it has cases for: conform_test.sh EW
EW=$1
. "$(dirname "$0")/lib.sh"

# suite NAME PROTOCOL SERVE-OPTIONS -- CONFORM-OPTIONS: all cases must pass. Adds the skipped ones to $work/skipped and the played to $work/played.
suite() {
  name=$1 protocol=$2
  shift 2
  serving=
  while [ "$1" != -- ]; do
    serving="$serving $1"
    shift
  done
  shift
  # shellcheck disable=SC2086  # options are words
  serve -p "$protocol" $serving
  expect 0 "$name" "$EW" conform "ws://127.0.0.1:$(port_of "$protocol")" -p "$protocol" \
    --admin "http://127.0.0.1:$(port_of admin)" --json "$work/$name.json" "$@"
  has out '^[0-9]+ passed, 0 failed'
  sed -n 's/^{"case":"\([^"]*\)","verdict":"skipped".*/\1/p' "$work/$name.json" >>"$work/skipped"
  sed -n '/"verdict":"skipped"/d; s/^{"case":"\([^"]*\)","verdict".*/\1/p' "$work/$name.json" >>"$work/played"
  stop_server
  checks=$((checks + 1))
  [ "$stopped" = 0 ] || fail "$name: the server ended with $stopped"
}

suite firefly firefly --
suite firefly_auth firefly -u me --password pw -- -u me --password pw --run 'firefly/connect/**'
suite firefly_strict firefly --strict -- -P manner=strict
suite kaleido kaleido --retry-delay 300ms --
suite kaleido_auth kaleido -u me --password pw -- -u me --password pw --run 'kaleido/connect/**'
suite kaleido_skip kaleido --on-error skip -- -P error_handling=skip
suite kaleido_numbered kaleido --numbered --retry-delay 300ms -- -P dialect=numbered
suite kaleido_strict kaleido --strict --retry-delay 300ms -- -P manner=strict
suite baas baas --
suite baas_network baas --network channel3 -- -P unknown_network=channel4 --run 'baas/connect/**'
suite baas_strict baas --strict --
suite octave octave --restricted-token limited -- -P restricted_token=limited
suite octave_strict octave --strict --restricted-token limited -- -P restricted_token=limited

# ---- reports: one of each kind goes where it is asked to
serve -p octave
octave=ws://127.0.0.1:$(port_of octave)
expect 0 'a JUnit report' "$EW" conform "$octave" -p octave --run 'octave/session/*' --junit "$work/junit.xml"
has out '^[0-9]+ passed, 0 failed'
head -n 2 "$work/junit.xml" >"$work/out"
has out '^<testsuite name="octave" tests="[0-9]+">$'
expect 0 'a JUnit report on standard output' "$EW" conform "$octave" -p octave --run octave/session/created --junit -
has out '^  <testcase classname="octave.session" name="created" time="[0-9.]+"/>$'
hasnt out 'passed'
expect 2 'two reports on standard output' "$EW" conform "$octave" -p octave --junit - --json -
one_line err
expect 2 'a report that cannot be written' "$EW" conform "$octave" -p octave --junit "$work/none/x.xml" --json "$work/x.json"
has err 'none/x.xml: No such file'
stop_server

# A case that is skipped everywhere tests nothing.
sort -u "$work/played" >"$work/played.sorted"
checks=$((checks + 1))
[ -s "$work/skipped" ] && [ -s "$work/played" ] || fail 'the reports name no cases'
never=$(sort -u "$work/skipped" | comm -23 - "$work/played.sorted")
checks=$((checks + 1))
[ -z "$never" ] || fail "never played: $never"
finish
