#!/bin/sh
# Runs a command with a Node that runs TypeScript and with the packages of package-lock.json. Says nothing when
# nothing has to be installed. With NO_INSTALL=1 it installs nothing and tries with what is there.
set -eu
cd "$(dirname "$0")/../.."

fail() {
  echo "error: $1" >&2
  exit 1
}

# npm's own output is shown only when it fails: an older npm warns about newer Nodes, and about each key of the user's
# configuration that it does not know. The flags are those that the user's configuration could have set otherwise.
install() { # what, folder
  [ -z "${NO_INSTALL:-}" ] || return 0
  echo "installing $1 ..." >&2
  log=$(mktemp)
  if ! npm ci --ignore-scripts --prefix "$2" --include=dev --include=optional --package-lock=true --global=false --no-audit --no-fund --no-update-notifier >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "npm could not install $1 ($2/package-lock.json), see above. Once npm reaches its registry, run the command again."
  fi
  rm -f "$log"
  cp "$2/package-lock.json" "$2/node_modules/.installed-lock.json"
}
installed() { cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock.json"; }
new_enough() { command -v node >/dev/null && node stacks/require-node.mjs 2>/dev/null; }

missing=
for tool in node npm; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
[ -z "$missing" ] || fail "not installed:$missing. Install Node.js and npm (Debian: apt-get install nodejs npm); any Node from 18 on will do, a newer one is fetched with npm where needed."

if ! new_enough; then
  system_node=$(node --version)
  installed sandbox/node || install "a newer Node (this machine has $system_node)" sandbox/node
  PATH=$PWD/sandbox/node/node_modules/.bin:$PATH
  export PATH
  new_enough || fail "this machine's Node is $system_node and npm has no newer one for $(uname -s) $(uname -m). Install the Node that package.json's \"engines\" names."
fi
installed . || install "the npm packages" .
exec "$@"
