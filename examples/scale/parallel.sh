#!/bin/sh
# All processors of one machine, and with `--sshlogin` those of others: parallel.sh < dockerfiles.jsonl > answers.jsonl
exec parallel --pipe --keep-order --block 10M dockeropt map --jobs 1 --quiet
