#!/bin/sh
set -e
if [ -n "$GREETING" ]; then
  echo "$GREETING"
fi
exec "$@"
