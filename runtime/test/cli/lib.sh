# Shared by the tests of the tool. Sourced with EW set to the program.
set -u

work=$(mktemp -d)
failures=0
checks=0
pids=

cleanup() {
  for pid in $pids; do
    kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
  done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() {
  failures=$((failures + 1))
  printf 'FAILED: %s\n' "$1"
  [ ! -f "$work/out" ] || sed 's/^/  out: /' "$work/out" | head -n 20
  [ ! -f "$work/err" ] || sed 's/^/  err: /' "$work/err" | head -n 20
}

# expect CODE NAME COMMAND...: runs the command and checks its exit code; output goes to $work/out and $work/err.
expect() {
  expected=$1 name=$2
  shift 2
  checks=$((checks + 1))
  "$@" >"$work/out" 2>"$work/err" </dev/null
  code=$?
  [ "$code" = "$expected" ] || fail "$name: exit code $code, expected $expected"
}

# The last output (out or err) has a line that matches the extended regular expression.
has() {
  checks=$((checks + 1))
  grep -Eq -- "$2" "$work/$1" || fail "no line of $1 matches: $2"
}

hasnt() {
  checks=$((checks + 1))
  if grep -Eq -- "$2" "$work/$1"; then
    fail "a line of $1 matches: $2"
  fi
}

one_line() {
  checks=$((checks + 1))
  [ "$(wc -l <"$work/$1")" -eq 1 ] || fail "$1 is not one line"
}

finish() {
  printf '%s checks, %s failed\n' "$checks" "$failures"
  [ "$failures" -eq 0 ]
}

# serve ARGUMENT...: starts `ew serve` on free ports and waits until it is ready. port_of NAME gives a port, $server its pid.
serve() {
  mkfifo "$work/ready"
  "$EW" serve --port 0 -o ndjson "$@" >"$work/ready" 2>"$work/serve.err" &
  server=$!
  pids="$pids $server"
  exec 3<"$work/ready"
  : >"$work/listening"
  while read -r line <&3; do
    case $line in
    '{"ready":true}') break ;;
    esac
    printf '%s\n' "$line" >>"$work/listening"
  done
  rm -f "$work/ready"
  case ${line:-} in
  '{"ready":true}') ;;
  *)
    sed 's/^/  serve: /' "$work/serve.err"
    fail "ew serve did not become ready"
    finish
    exit 1
    ;;
  esac
}

port_of() { sed -n "s/.*\"listening\":\"$1\".*\"port\":\([0-9]*\)}/\1/p" "$work/listening"; }

stop_server() {
  kill "$server"
  wait "$server"
  stopped=$?
  pids=$(printf '%s' "$pids" | sed "s/ $server//")
}
