#!/bin/sh
# As in the official image: options alone mean the server.
set -eu

case "${1:-}" in -*) set -- nats-server "$@" ;; esac

exec "$@"
