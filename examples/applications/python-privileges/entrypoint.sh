#!/bin/sh
set -e
if [ "$(id -u)" = 0 ]; then
    mkdir -p /var/lib/keeper
    chown -R keeper: /var/lib/keeper
    exec setpriv --reuid=keeper --regid=keeper --init-groups "$@"
fi
exec "$@"
