#!/usr/bin/env bash
# Reads the same tables with mlec's reader and, where R has it, with data.table's fread, turn by
# turn: compare.sh [FOLDER [THREADS [REPEATS]]]. See README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=${1:-/tmp/mlec-bench-csv} threads=${2:-1} repeats=${3:-5}
mkdir -p "$folder"

flags=(-O2 -DNDEBUG -march=x86-64-v3 -std=gnu17 -D_GNU_SOURCE -ffp-contract=off -I. -Iinclude)
cc -O2 bench/csv/generate.c -o "$folder/generate"
cc "${flags[@]}" bench/csv/read.c base/*.c runtime/data/*.c -lz -lm -lpthread -o "$folder/read"

# table NAME KIND ROWS COLUMNS-OR-LEVELS
table() {
  local file=$folder/$1.csv
  [ -e "$file" ] || "$folder/generate" "$2" "$3" "$4" > "$file"
  printf '%-8s mlec   %s\n' "$1" "$("$folder/read" "$file" "$threads" "$repeats")"
  Rscript --vanilla - "$file" "$threads" "$repeats" <<'R' 2> /dev/null || true
arguments <- commandArgs(TRUE)
library(data.table)
setDTthreads(as.integer(arguments[2]))
times <- replicate(as.integer(arguments[3]), {
  t <- system.time(fread(arguments[1], showProgress = FALSE, stringsAsFactors = TRUE))
  c(t[["elapsed"]], t[["user.self"]] + t[["sys.self"]])
})
m <- apply(times, 1, median)
cat(sprintf("         fread  all %.0f ms, processor %.0f ms, %.0f MB/s\n", 1e3 * m[1], 1e3 * m[2],
            file.size(arguments[1]) / 1e6 / m[1]))
R
}

table wide12 numbers 1000000 12
table two numbers 3000000 2
table wide200 numbers 100000 200
table long8 long 1000000 8
table levels levels 3000000 100000
table quoted quoted 2000000 1
if [ "${MLEC_BENCH_BIG:-}" ]; then
  table big numbers 13000000 12
fi
