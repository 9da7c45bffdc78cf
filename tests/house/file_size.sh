#!/usr/bin/env bash
# A source file holds one idea, in at most 800 lines. Tables (*.def) may be longer.
set -euo pipefail
cd "${1:-${MLEC_SOURCE:-.}}"

long=$(find . -path ./build -prune -o -type f -regex '.*\.\(c\|h\|re\|y\)' -printf '%P\0' |
       xargs -0 -r awk '{ lines[FILENAME]++ } END { for (f in lines) if (lines[f] > 800) print f ": " lines[f] " lines" }')
if [ -n "$long" ]; then
  printf 'over 800 lines:\n%s\n' "$long"
  exit 1
fi
