#!/bin/sh
# As in the official image: options or a configuration file alone mean the server.
set -eu

case "${1:-}" in -* | *.conf) set -- valkey-server "$@" ;; esac

case "$1" in
  valkey-server)
    [ "$(id -u)" -ne 0 ] || { echo "docker-entrypoint: run it as uid 999" >&2; exit 1; }
    umask 0077
    # Pods reach it by their network; a password is the configuration's matter.
    exec "$@" --protected-mode no
    ;;
esac

exec "$@"
