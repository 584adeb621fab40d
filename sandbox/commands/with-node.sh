#!/bin/sh
# Runs a command with a Node.js that runs TypeScript and with the packages of package-lock.json. Prints nothing if
# nothing has to be installed. With NO_INSTALL=1 it installs nothing and uses what is installed.
set -eu
cd "$(dirname "$0")/../.."

fail() {
  echo "error: $1" >&2
  exit 1
}

# npm's output is shown only if it fails, because an older npm warns about newer Node.js versions and about unknown keys of
# the user's configuration. The flags override the user's configuration.
install() { # what, folder
  [ -z "${NO_INSTALL:-}" ] || return 0
  echo "installing $1 ..." >&2
  log=$(mktemp)
  if ! npm ci --ignore-scripts --prefix "$2" --include=dev --include=optional --package-lock=true --global=false --no-audit --no-fund --no-update-notifier >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    fail "npm could not install $1 ($2/package-lock.json), see above. Check that npm can reach its registry, then run the command again."
  fi
  rm -f "$log"
  cp "$2/package-lock.json" "$2/node_modules/.installed-lock.json"
}
installed() { cmp -s "$1/package-lock.json" "$1/node_modules/.installed-lock.json"; }
new_enough() { command -v node >/dev/null && node stacks/require-node.mjs 2>/dev/null; }

missing=
for tool in node npm; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
[ -z "$missing" ] || fail "not installed:$missing. Install Node.js and npm (Debian: apt-get install nodejs npm); Node.js 18 is enough, because npm downloads a newer version if needed."

if ! new_enough; then
  system_node=$(node --version)
  installed sandbox/node || install "a newer Node (this machine has $system_node)" sandbox/node
  PATH=$PWD/sandbox/node/node_modules/.bin:$PATH
  export PATH
  new_enough || fail "this machine has Node.js $system_node and npm has no newer one for $(uname -s) $(uname -m). Install the version in \"engines\" of package.json."
fi
installed . || install "the npm packages" .
exec "$@"
