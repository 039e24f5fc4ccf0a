#!/bin/sh
# ew validate on good and bad files: validate_test.sh EW
EW=$1
. "$(dirname "$0")/lib.sh"

subscribe='{"msgId":"m1","object":"event","type":"subscribe","path":"/my/stream/path"}'

printf '%s' "$subscribe" >"$work/good.json"
expect 0 'a good message' "$EW" validate -p octave --type subscribe "$work/good.json"
has out 'good\.json: ok subscribe$'
expect 0 'a good message without a type' "$EW" validate -p octave "$work/good.json"
has out 'ok subscribe'

printf '{"msgId":"m1","object":"event",\n "type":"subscribe","path":7}' >"$work/mistyped.json"
expect 1 'a mistyped member' "$EW" validate -p octave --type subscribe "$work/mistyped.json"
has out 'mistyped\.json:2:28: /path: .*expected .*string.*found.*7'

printf '{"msgId":"m1","object":"event","type":"subscr' >"$work/cut.json"
expect 1 'a cut message' "$EW" validate -p octave --type subscribe "$work/cut.json"
has out 'cut\.json:1:46: .*ends too early'

: >"$work/empty.json"
expect 1 'an empty file' "$EW" validate -p octave --type subscribe "$work/empty.json"
has out 'empty\.json:1:1: .*ends too early'

head -c 4096 /bin/sh >"$work/binary"
expect 1 'a binary file' "$EW" validate -p octave --type subscribe "$work/binary"
has out 'binary:1:1: '
checks=$((checks + 1))
if LC_ALL=C grep -q "$(printf '[\001-\010\016-\037]')" "$work/out"; then
  fail 'control bytes of the file reach the terminal'
fi

{
  printf '{"msgId":"'
  head -c 2000000 /dev/zero | tr '\0' 'a'
  printf '","object":"event","type":"subscribe","path":"/a"}'
} >"$work/large.json"
expect 1 'an oversized message' "$EW" validate -p octave --type subscribe "$work/large.json"
has out 'larger than the limit'

awk 'BEGIN { for (i = 0; i < 100000; i++) printf "["; }' >"$work/deep.json"
expect 1 '100,000 levels' "$EW" validate -p octave --type message "$work/deep.json"
expect 1 '100,000 levels inside a free-form member' sh -c "
  { printf '{\"type\":\"message\",\"resource\":\"s53b1d1600cf27b75148de0ac\",\"value\":{\"elems\":{\"x\":'; cat '$work/deep.json'; } |
    '$EW' validate -p octave --type message -"
has out 'nested too deeply'

printf '{"stream":"s","event":{"type":"event","name":"e","inputs":[{"name":"a","type":"bool"},\n{"name":"b","type":"bool"}]}}' >"$work/two.json"
printf '{"msgId":"m1","object":"event","type":"subscribe"}' >"$work/pathless.json"
expect 1 'without a type, the closest message is named' "$EW" validate -p octave "$work/pathless.json"
has out 'streamId, path.*\(as subscribe\)$'
expect 0 'a message of its direction' "$EW" validate -p octave --direction to-server "$work/good.json"
has out 'ok subscribe$'
expect 1 'a message of the other direction' "$EW" validate -p octave --direction to-client "$work/good.json"
has out 'none of the alternatives.*schema #/operations)$'
expect 2 'a direction in which nothing goes' "$EW" validate -p baas --direction to-server "$work/good.json"
one_line err
expect 1 'a list that is too long' "$EW" validate -p kaleido --max-items 1 --type subscriptionInput "$work/two.json"
has out ':2:1: /event/inputs/1: .*larger than the limit'
expect 1 'a string that is too long' "$EW" validate -p octave --max-string 14 "$work/good.json"
has out '/path: .*larger than the limit'
printf '{"topic":"t","type":"error","message":7}' >"$work/seven.json"
expect 1 'the message that has the same members is closest' "$EW" validate -p kaleido "$work/seven.json"
has out '/message: .*\(as error\)$'
expect 1 'what is no JSON is closest to nothing' "$EW" validate -p octave "$work/cut.json"
hasnt out '\(as '
printf '{"anything":true}' >"$work/anything.json"
expect 1 'a body over HTTP wants its type' "$EW" validate -p kaleido "$work/anything.json"
expect 0 'a body over HTTP with its type' "$EW" validate -p kaleido --type eventStreamUpdate "$work/anything.json"

expect 2 'a missing file' "$EW" validate -p octave "$work/none.json"
one_line err
expect 2 'a folder' "$EW" validate -p octave "$work"
expect 2 'an unknown type' "$EW" validate -p octave --type nothing "$work/good.json"
has err "no message 'nothing'"
expect 2 'an unknown protocol' "$EW" validate -p nothing "$work/good.json"

{
  printf '%s\n' "$subscribe"
  printf '{"type":"subscribe"}\n\n'
  printf '%s\n' "$subscribe"
} >"$work/many.ndjson"
expect 1 'one bad line of three' "$EW" validate -p octave --type subscribe "$work/many.ndjson"
has out 'many\.ndjson:2:1: a required'
has out 'many\.ndjson:4: ok'
expect 1 'the same as JSON' "$EW" validate -p octave --type subscribe -o ndjson "$work/many.ndjson"
has out '"ok":false.*"error":"EW_ERR_[A-Z]+".*"pointer":'

if [ -w /dev/full ]; then
  expect 2 'verdicts that cannot be written' sh -c "'$EW' validate -p octave '$work/many.ndjson' >/dev/full"
  has err 'standard output: No space left'
  one_line err
fi

printf '{"head":{"msgId":"m","ok":true,"errors":["x"],"messages":[]},"body":{}}' >"$work/rule.json"
expect 1 'members that contradict each other' "$EW" validate -p octave --type acknowledgement "$work/rule.json"
has out 'contradict'
expect 0 'the same without the rules' "$EW" validate -p octave --type acknowledgement --no-rules "$work/rule.json"

printf '{"type":"start","namespace":"ns1","name":"a","ephemeral":true,"filter":{"topics":"x"}}' >"$work/old.json"
expect 0 'a deprecated member' "$EW" validate -p firefly --type start "$work/old.json"
has err 'warning: .*topics.* deprecated'

printf '{"TYPE":"LISTEN","topic":"a","topic":"b"} trailing' >"$work/compat.json"
expect 1 'what only the real server accepts' "$EW" validate -p kaleido --type listen "$work/compat.json"
expect 0 'the same in the compat profile' "$EW" validate -p kaleido --type listen --profile compat "$work/compat.json"
finish
