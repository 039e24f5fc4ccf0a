#!/bin/sh
# Installs the reference parser into FOLDER (once) and checks the documents: check_documents.sh SOURCE FOLDER
set -eu
source=$1 folder=$2
if ! command -v npm >/dev/null 2>&1 || ! command -v node >/dev/null 2>&1; then
  echo "skipped: node and npm are missing; apt-get install nodejs npm" >&2
  exit 77
fi
mkdir -p "$folder"
if ! cmp -s "$source/schema/test/package.json" "$folder/package.json" || [ ! -f "$folder/installed" ]; then
  cp "$source/schema/test/package.json" "$folder/package.json"
  if ! (cd "$folder" && npm install --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error) >"$folder/npm.log" 2>&1; then
    cat "$folder/npm.log" >&2
    # Without a network there is nothing to install from; on CI that is a failure.
    [ -z "${CI:-}" ] || exit 1
    echo "skipped: npm cannot install @asyncapi/parser here (npm install in schema/test)" >&2
    exit 77
  fi
  touch "$folder/installed"
fi
exec node "$source/schema/test/check_documents.mjs" "$folder" \
  "$source/schema/firefly/asyncapi.yaml" "$source/schema/kaleido/asyncapi.yaml" \
  "$source/schema/baas/asyncapi.yaml" "$source/schema/octave/asyncapi.yaml"
