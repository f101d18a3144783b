#!/bin/sh
set -e
export GREETING="${GREETING:-Moin}"
exec "$@"
