#!/bin/bash
# Counts the TODOs of a repository by author, as JSON.
set -euo pipefail

git clone --quiet "$1" repository
cd repository
rg --line-number --no-heading TODO | while IFS=: read -r file line _; do
    git blame --porcelain -L "$line,$line" -- "$file" | sed -n 's/^author //p'
done | jq --raw-input --slurp 'split("\n")[:-1] | group_by(.) | map({author: .[0], todos: length})'
