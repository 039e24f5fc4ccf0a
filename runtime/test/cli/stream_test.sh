#!/bin/sh
# Serve, listen, publish, acknowledge, redeliver, for every protocol and through the tool alone: stream_test.sh EW EXAMPLES
EW=$1
examples=$2
. "$(dirname "$0")/lib.sh"
EW_TOKEN=demo-token
export EW_TOKEN

# listen NAME ARGUMENT...: starts a listener and waits until it is ready; its output is $work/NAME.ndjson.
listen() {
  name=$1
  shift
  mkfifo "$work/state"
  "$EW" listen "$@" -o ndjson >"$work/$name.ndjson" 2>"$work/state" &
  listener=$!
  pids="$pids $listener"
  exec 4<"$work/state"
  rm -f "$work/state"
  while read -r state <&4; do
    printf '%s\n' "$state" >>"$work/$name.err"
    case $state in *ready*) break ;; esac
  done
  cat <&4 >>"$work/$name.err" &
  exec 4<&-
}

wait_listener() {
  wait "$listener"
  listened=$?
  checks=$((checks + 1))
  [ "$listened" = "$1" ] || {
    cp "$work/$name.err" "$work/err"
    fail "$2: ew listen ended with $listened, expected $1"
  }
}

# received NAME COUNT: so many events came, numbered from 1 without gaps.
received() {
  checks=$((checks + 1))
  got=$(sed -n 's/^{"n":\([0-9]*\),.*/\1/p' "$work/$1.ndjson" | tr '\n' ' ')
  [ "$got" = "$(seq -s ' ' 1 "$2") " ] || fail "$1: received '$got', expected $2 events"
}

serve -p all --store "$work/events.db" --batch-size 4 --batch-timeout 100ms --retry-delay 100ms
admin=http://127.0.0.1:$(port_of admin)
firefly=ws://127.0.0.1:$(port_of firefly)
kaleido=ws://127.0.0.1:$(port_of kaleido)
baas=ws://127.0.0.1:$(port_of baas)
octave=ws://127.0.0.1:$(port_of octave)

# ---- FireFly: ephemeral single events, then a durable subscription whose unacknowledged events come again
listen firefly_ephemeral "$firefly" -p firefly --namespace ns1 -n 6 -W 30s
expect 0 'publish to firefly' "$EW" publish "$admin" -p firefly -w ns1 "$examples/firefly/events.ndjson"
has out '"published":6'
one_line out
wait_listener 0 'firefly ephemeral'
received firefly_ephemeral 6

listen firefly_unacked "$firefly" -p firefly --namespace ns1 -s app1 --create --from oldest --ack none -n 1 -W 30s
wait_listener 0 'firefly without ack'
received firefly_unacked 1
listen firefly_durable "$firefly" -p firefly --namespace ns1 -s app1 -n 6 -W 30s
wait_listener 0 'firefly durable'
received firefly_durable 6
checks=$((checks + 1))
first=$(sed -n '1s/.*"id":"\([^"]*\)".*/\1/p' "$work/firefly_durable.ndjson")
again=$(sed -n '1s/.*"id":"\([^"]*\)".*/\1/p' "$work/firefly_unacked.ndjson")
[ -n "$first" ] && [ "$first" = "$again" ] || fail "the unacknowledged event $again did not come again first, but $first"
listen firefly_batch "$firefly" -p firefly --namespace ns1 --from oldest --batch -n 6 -W 30s
wait_listener 0 'firefly batch'
received firefly_batch 6

# ---- output: indented for the eye, one line for a pipe; what cannot be written is not acknowledged
expect 0 'for the eye' "$EW" listen "$firefly" -p firefly --namespace ns1 --from oldest -n 1 -W 30s -o pretty
has out '^firefly transaction_submitted '
has out '^    "type": "transaction_submitted",$'
has out '^    "subscription": \{$'
expect 2 'standard output closed while events come' sh -c "exec '$EW' listen '$firefly' -p firefly --namespace ns1 --from oldest -W 30s >&-"
if [ -w /dev/full ]; then
  expect 2 'a full disk' sh -c "exec '$EW' listen '$firefly' -p firefly --namespace ns1 --from oldest -W 30s >/dev/full"
  has err 'standard output: No space left'
fi
checks=$((checks + 1))
first=$("$EW" listen "$firefly" -p firefly --namespace ns1 --from oldest -W 30s -q 2>"$work/err" | head -n 1)
case $first in '{"n":1,'*'}') ;; *) fail "head -n 1 got: $first" ;; esac
checks=$((checks + 1))
[ ! -s "$work/err" ] || fail 'a reader that has seen enough is complained about'

# ---- Kaleido: an unacknowledged batch comes again, what was acknowledged does not
listen kaleido_first "$kaleido" -p kaleido -t demo --ack none -n 4 -W 30s
expect 0 'publish to kaleido' "$EW" publish "$admin" -p kaleido -w demo "$examples/kaleido/events.ndjson"
wait_listener 0 'kaleido without ack'
received kaleido_first 4
listen kaleido_again "$kaleido" -p kaleido -t demo -n 6 -W 30s
wait_listener 0 'kaleido'
received kaleido_again 6

# ---- BaaS and Octave: live only
listen baas_all "$baas" -p baas --network channel3 -n 5 -W 30s
listener_all=$listener
listen baas_blocks "$baas" -p baas --network channel3 --source Block -n 1 -W 30s
expect 0 'publish to baas' "$EW" publish "$admin" -p baas "$examples/baas/events.ndjson"
wait_listener 0 'baas blocks'
received baas_blocks 1
listener=$listener_all name=baas_all
wait_listener 0 'baas'
received baas_all 5

listen octave_two "$octave" -p octave -u demo --company acme --stream s53b1d1600cf27b75148de0ac --stream /my_company/streamname -n 3 -W 30s
expect 0 'publish to octave' "$EW" publish "$admin" -p octave "$examples/octave/events.ndjson"
wait_listener 0 'octave'
received octave_two 3

# ---- refusals
expect 4 'a wrong BaaS token' env EW_TOKEN=wrong "$EW" listen "$baas" -p baas --network channel3 --no-reconnect -q
has err '401 \(--user and --password, or --token, are missing or wrong\)$'
expect 4 'a wrong Octave token' env EW_TOKEN=wrong "$EW" listen "$octave" -p octave -u demo --company acme --stream /a --no-reconnect -q
expect 5 'too few events in time' "$EW" listen "$kaleido" -p kaleido -t quiet -n 1 -W 300ms -q
has err 'timed out after 0 of 1'
printf '{"no":"event"}\n' >"$work/bad.ndjson"
expect 1 'an event that is none' "$EW" publish "$admin" -p firefly -w ns1 "$work/bad.ndjson"
has err 'bad\.ndjson:1: refused with HTTP 400: [^{]*required member is missing'
one_line err
expect 3 'a port in use' "$EW" serve -p "firefly=127.0.0.1:$(port_of firefly)" --admin 127.0.0.1:0 -q
has err 'in use'
one_line err

expect 2 'a store in use' "$EW" serve -p firefly --port 0 --store "$work/events.db" -q
has err 'another process has this store open'
one_line err

# ---- by hand
printf '%s\n%s\n' '{"type":"listen","topic":"hand"}' '{"type":"lisen"}' >"$work/typed"
checks=$((checks + 1))
"$EW" connect "$kaleido" -p kaleido -W 100ms <"$work/typed" >"$work/out" 2>"$work/err"
code=$?
[ "$code" = 1 ] || fail "connect with a wrong line ended with $code"
has err '^> listen'
has err '^not sent'
has err 'a client sends listen, listenReplies, ack, error;'
printf '%s\n' '!{"type":"lobster"}' >"$work/typed"
checks=$((checks + 1))
"$EW" connect "$firefly" -p firefly -W 5s <"$work/typed" >"$work/out" 2>"$work/err"
has out 'FF10177'

# ---- an orderly end, and nothing forgotten over a restart
stop_server
checks=$((checks + 1))
[ "$stopped" = 0 ] || fail "the server ended with $stopped"
serve -p all --store "$work/events.db"
admin=http://127.0.0.1:$(port_of admin)
expect 0 'publish after the restart' "$EW" publish "$admin" -p firefly -w ns1 "$examples/firefly/events.ndjson"
has out '"first":7'
listen firefly_restarted "ws://127.0.0.1:$(port_of firefly)" -p firefly --namespace ns1 -s app1 -n 6 -W 30s
wait_listener 0 'firefly after a restart'
received firefly_restarted 6
stop_server
finish
