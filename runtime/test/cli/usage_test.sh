#!/bin/sh
# Usage, help and exit codes of every command: usage_test.sh EW
EW=$1
. "$(dirname "$0")/lib.sh"

expect 2 'no command' "$EW"
has err '^usage: ew COMMAND'
expect 0 'help' "$EW" help
has out '^exit codes:'
expect 0 'version' "$EW" --version
has out '^ew [0-9]+\.[0-9]+\.[0-9]+$'
expect 2 'unknown command' "$EW" lisen
has err "unknown command 'lisen'"
one_line err
for command in serve publish listen connect validate conform; do
  expect 0 "$command --help" "$EW" "$command" --help
  has out "^usage: ew $command "
  has out '--help'
  expect 2 "$command with an unknown option" "$EW" "$command" --no-such-option
  has err 'unknown or ambiguous option --no-such-option'
  one_line err
done
expect 0 'the manual page' "$EW" help --man
has out '^\.TH EW 1'
expect 2 'an unknown protocol' "$EW" listen ws://127.0.0.1:1 -p nats
has err "unknown protocol 'nats'"
one_line err
expect 2 'no protocol' "$EW" listen ws://127.0.0.1:1
expect 2 'no URL' "$EW" listen -p firefly
expect 2 'a number that is none' "$EW" listen ws://127.0.0.1:1 -p firefly -n x
has err 'whole number'
expect 2 'a port out of range' "$EW" serve -p firefly --port 70000
has err 'from 0 to 65535'
expect 2 'a time that is none' "$EW" listen ws://127.0.0.1:1 -p firefly -W soon
expect 2 'a value missing' "$EW" listen ws://127.0.0.1:1 -p
expect 2 'a URL that is none' "$EW" listen http//nowhere -p firefly
expect 3 'nobody listens' "$EW" listen ws://127.0.0.1:1 -p firefly --no-reconnect -q
expect 3 'nobody listens for connect' "$EW" connect ws://127.0.0.1:1 -p firefly
expect 3 'nobody listens for publish' "$EW" publish http://127.0.0.1:1 -p firefly "$0"
expect 3 'nobody listens for conform' "$EW" conform ws://127.0.0.1:1 -p firefly
expect 7 'no case selected' "$EW" conform ws://127.0.0.1:1 -p firefly --run 'firefly/no-such-case'
expect 2 'a missing case file' "$EW" conform ws://127.0.0.1:1 -p firefly --file "$work/none.yaml"
expect 2 'a missing file to publish' "$EW" publish http://127.0.0.1:1 -p firefly "$work/none"
has err 'No such file'
one_line err
# A secret is never repeated, not even in a complaint.
expect 3 'a secret in the URL' "$EW" listen ws://me:canary-secret@127.0.0.1:1 -p firefly --no-reconnect
hasnt err canary
expect 3 'a secret in an option' "$EW" listen ws://127.0.0.1:1 -p baas --network c1 --token canary-secret --no-reconnect
hasnt err canary
has err 'secret on the command line'
finish
