#!/bin/sh
# Usage, help and exit codes of every command: usage_test.sh EW
EW=$1
. "$(dirname "$0")/lib.sh"

expect 2 'no command' "$EW"
has err '^usage: ew COMMAND'
expect 0 'help' "$EW" help
has out '^exit codes:'
for option in --version -V version; do
  expect 0 "$option" "$EW" "$option"
  has out '^ew [0-9]+\.[0-9]+\.[0-9]+$'
done
for command in serve publish listen connect validate conform; do
  expect 0 "help $command" "$EW" help "$command"
  has out "^usage: ew $command "
  hasnt out ' $'
done
expect 2 'help for an unknown command' "$EW" help lisen
has err "unknown command 'lisen'"
one_line err
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
expect 2 'a protocol of somebody' "$EW" validate -p mine "$0"
has err "unknown protocol 'mine'.*ewgen validate"
one_line err
expect 2 'no protocol to validate' "$EW" validate "$0"
has err 'firefly, kaleido, baas or octave'
expect 2 'no protocol' "$EW" listen ws://127.0.0.1:1
expect 2 'no URL' "$EW" listen -p firefly
expect 2 'a number that is none' "$EW" listen ws://127.0.0.1:1 -p firefly -n x
has err 'whole number'
expect 2 'a port out of range' "$EW" serve -p firefly --port 70000
has err 'from 0 to 65535'
expect 2 'a time that is none' "$EW" listen ws://127.0.0.1:1 -p firefly -W soon
expect 2 'a value missing' "$EW" listen ws://127.0.0.1:1 -p
has err 'missing after -p;'
expect 2 'an unknown letter among known ones' "$EW" listen -qZ ws://127.0.0.1:1
has err 'option -Z;'
expect 2 'a URL that is none' "$EW" listen http//nowhere -p firefly
has err 'ws://127.0.0.1:5000'
one_line err
expect 2 'a URL that is none, with a secret' "$EW" connect me:canary-secret@host -p firefly
hasnt err canary
expect 2 'a socket is no admin listener' "$EW" publish ws://127.0.0.1:1 -p firefly "$0"
has err 'http://127.0.0.1:5009'
expect 2 'BaaS without a channel' "$EW" listen ws://127.0.0.1:1 -p baas
has err 'baas needs --network'
expect 2 'Octave without a company' "$EW" connect ws://127.0.0.1:1 -p octave
has err 'octave needs --company'
expect 2 'Octave without a token' env -u EW_TOKEN "$EW" listen ws://127.0.0.1:1 -p octave --company acme --stream /a
has err 'octave needs a token'
expect 2 'Octave without a stream' env EW_TOKEN=t "$EW" listen ws://127.0.0.1:1 -p octave --company acme
has err 'octave needs --stream'
expect 2 'an admin URL that is none' "$EW" conform ws://127.0.0.1:1 -p firefly --admin localhost
one_line err

expect 2 'a format that hands on what is not there' "$EW" serve -p firefly --port 0 -o raw
has err 'one of auto, pretty, ndjson'

# ---- serve says what is wrong before it listens
expect 2 'a certificate without a key' "$EW" serve -p firefly --port 0 --cert "$0"
has err 'belong together'
expect 2 'a certificate that is missing' "$EW" serve -p firefly --port 0 --cert "$work/none" --key "$work/none"
has err 'none: No such file'
expect 2 'a certificate that is none' "$EW" serve -p firefly --port 0 --cert "$0" --key "$0"
has err '--cert and --key cannot be used'
expect 2 'an open admin listener' env -u EW_ADMIN_TOKEN "$EW" serve -p firefly --port 0 --admin 0.0.0.0:0
has err 'EW_ADMIN_TOKEN'
printf 'no database, but long enough to be read as the head of one\n' >"$work/text"
expect 2 'a store that is no database' "$EW" serve -p firefly --port 0 --store "$work/text"
has err 'text: .*database'
one_line err

# ---- output that goes nowhere
expect 2 'standard output closed' sh -c "exec '$EW' help >&-"
has err 'standard output: '
if [ -w /dev/full ]; then
  expect 2 'a full disk' sh -c "exec '$EW' help >/dev/full"
  has err 'standard output: No space left'
fi
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
