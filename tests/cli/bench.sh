#!/usr/bin/env bash
# bench/run.py runs, and mlec's values, gradients and Hessians agree with kernels written by hand.
set -euo pipefail
build=${MLEC_BUILD:-$(dirname "$MLEC")}
source=${MLEC_SOURCE:-.}
[ -e "$build/libmlec.so" ] || exit 77
[ -z "${CMAKE_TOOLCHAIN_FILE:-}" ] || exit 77 # the kernels are for the machine that compiles them

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$source/bench/run.py" --quick --rounds 1 --no-whole --build "$build" --output "$work" > "$work/out"
grep -q '^| GARCH(1,1) | 9 984 |' "$work/table.md"
cmp "$work/table.md" <(head -c -1 "$work/out")
python3 - "$work" <<'PYTHON'
import json, sys, xml.dom.minidom
xml.dom.minidom.parse(sys.argv[1] + "/evaluations.svg")
models = json.load(open(sys.argv[1] + "/results.json"))["models"]
assert len(models) == 14, models
for m in models:
    assert max(m["plain_differs"], m["tuned_differs"]) <= 1e-8, m
PYTHON
if "$source/bench/run.py" nothing 2> "$work/said"; then exit 1; fi
grep -q 'there is no model nothing' "$work/said"
if "$source/bench/run.py" --peers sas 2> "$work/said"; then exit 1; fi
grep -q "there is no program sas" "$work/said"
