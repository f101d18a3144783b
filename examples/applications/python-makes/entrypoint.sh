#!/bin/sh
set -e
printf '/tmp/squares:\n\t@for n in 1 2 3; do echo $$((n * n)); done > $@\n' | make --silent -f - /tmp/squares
exec "$@"
