#!/bin/sh
# Everything once, live: serve four protocols, publish their sample events, listen and acknowledge, run the conformance suite.
# usage: demo.sh EW      (./dev demo builds first)
set -u
ew=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
started=
failed=0

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$(printf '\033[1m') dim=$(printf '\033[2m') green=$(printf '\033[32m') red=$(printf '\033[31m') plain=$(printf '\033[0m')
else
  bold='' dim='' green='' red='' plain=''
fi

cleanup() {
  for pid in $started; do
    kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
  done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

title() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
die() {
  printf '%sdemo: %s%s\n' "$red" "$1" "$plain" >&2
  exit 1
}

# ------------------------------------------------------------------------------------------------------------ server
title 'ew serve: four protocols on loopback, events in an SQLite log'
mkfifo "$work/ready"
"$ew" serve -p all --port 0 --store "$work/events.db" --batch-size 2 --batch-timeout 200ms --retry-delay 200ms -q -o ndjson \
  >"$work/ready" 2>"$work/serve.log" &
server=$!
started=$server
line=
while read -r line; do
  case $line in '{"ready":true}') break ;; esac
  printf '%s\n' "$line" >>"$work/listening"
  printf '%s\n' "$line" | sed 's/.*"listening":"\([a-z]*\)","url":"\([^"]*\)".*/  \1 \2/'
done <"$work/ready"
[ "$line" = '{"ready":true}' ] || {
  cat "$work/serve.log" >&2
  die 'the server did not start'
}
url_of() { sed -n "s/.*\"listening\":\"$1\",\"url\":\"\([^\"]*\)\".*/\1/p" "$work/listening"; }
admin=$(url_of admin)

# Options that make a listener and the publisher of one protocol meet.
listen_options() {
  case $1 in
  firefly) echo "--namespace ns1 --batch" ;;
  kaleido) echo "--topic demo" ;;
  baas) echo "--network channel3 --source *" ;;
  octave) echo "--user demo --company acme --stream s53b1d1600cf27b75148de0ac --stream /my_company/streamname" ;;
  esac
}
where_of() {
  case $1 in
  firefly) echo ns1 ;;
  kaleido) echo demo ;;
  baas) echo channel3 ;;
  octave) echo '' ;;
  esac
}

# ------------------------------------------------------------------------------------------------- publish and listen
# Prints a short line per event as it comes and keeps the whole ones in $work/NAME.ndjson.
show() {
  tee "$work/$1.ndjson" |
    sed -u -n 's/^{"n":\([0-9]*\),\(.*\),"event":.*/\1 \2/p' |
    sed -u 's/"id":"\([^"]*\)"/\1/; s/"type":"\([^"]*\)"/\1/; s/"source":"\([^"]*\)"/\1/; s/"sequence":\([0-9]*\)/#\1/; s/,/  /g' |
    cut -c 1-130 | sed -u "s/^/  $dim$1$plain /"
}

run_protocol() {
  name=$1
  events=$here/$name/events.ndjson
  sent=$(grep -c . "$events")
  title "$name: $sent sample events"
  rm -f "$work/state"
  mkfifo "$work/state"
  # The token of the sample server; a real one belongs into EW_TOKEN all the same.
  # shellcheck disable=SC2046  # options are words
  set -f
  {
    EW_TOKEN=demo-token "$ew" listen "$(url_of "$name")" -p "$name" $(listen_options "$name") -n "$sent" -W 20s -o ndjson \
      2>"$work/state"
    echo $? >"$work/$name.code"
  } | show "$name" &
  listener=$!
  set +f
  started="$started $listener"
  exec 4<"$work/state"
  while read -r state <&4; do
    printf '  %s%s%s\n' "$dim" "$state" "$plain"
    case $state in *ready*) break ;; esac
  done
  cat <&4 >>"$work/$name.err" &
  started="$started $!"
  "$ew" publish "$admin" -p "$name" ${2:+-w "$2"} "$events" -q || failed=1
  wait "$listener"
  exec 4<&-
  received=$(grep -c '^{"n":' "$work/$name.ndjson")
  printf '%s %s %s\n' "$name" "$sent" "$received" >>"$work/summary"
  [ "$(cat "$work/$name.code")" = 0 ] && [ "$sent" = "$received" ] || {
    failed=1
    cat "$work/$name.err" >&2
  }
}

for protocol in firefly kaleido baas octave; do
  run_protocol "$protocol" "$(where_of "$protocol")"
done

# -------------------------------------------------------------------------------------------------------- conformance
title 'ew conform: the built-in cases against the same server'
for protocol in firefly kaleido baas octave; do
  EW_TOKEN=demo-token EW_USER=demo "$ew" conform "$(url_of "$protocol")" -p "$protocol" --admin "$admin" --json "$work/$protocol.report" \
    >"$work/$protocol.text" 2>"$work/$protocol.conform.err"
  code=$?
  tail -n 1 "$work/$protocol.text" | sed "s/^/  $protocol: /"
  [ "$code" = 0 ] || {
    failed=1
    grep -v '^ok' "$work/$protocol.text" | head -n 40
    cat "$work/$protocol.conform.err"
  }
done

# ------------------------------------------------------------------------------------------------------------ summary
kill "$server"
wait "$server"
stopped=$?
started=
[ "$stopped" = 0 ] || {
  failed=1
  printf '%sthe server ended with exit code %s%s\n' "$red" "$stopped" "$plain"
  cat "$work/serve.log" >&2
}

title 'Summary'
printf '  %-10s %6s %9s %7s %7s\n' protocol sent received passed failed
while read -r name sent received; do
  passed=$(sed -n '$s/.*"ok":\([0-9]*\).*/\1/p' "$work/$name.report")
  bad=$(sed -n '$s/.*"failed":\([0-9]*\).*/\1/p' "$work/$name.report")
  color=$green
  [ "$sent" = "$received" ] && [ "${bad:-1}" = 0 ] || {
    color=$red
    failed=1
  }
  printf '  %s%-10s %6s %9s %7s %7s%s\n' "$color" "$name" "$sent" "$received" "${passed:-?}" "${bad:-?}" "$plain"
done <"$work/summary"
if [ "$failed" = 0 ]; then
  printf '\n%sEvery event arrived and every case passed.%s\n' "$green" "$plain"
else
  printf '\n%sSomething went wrong; see above.%s\n' "$red" "$plain"
fi
exit "$failed"
