#!/usr/bin/env bash
# A file includes only what stands to its left in its own list:
#
#   include  base  ast  grammar  check  dag  doc  fold  grad  kernel  lint  llvm  strip  (compiler)
#   include  base  algebra  calc  data  eval  fit  infer  report               (runtime)
#   include  cli
#
# with these limits: compiler and runtime do not know each other, except that the compiler may use
# runtime/calc; of the compiler's folders only check includes grammar; LLVM's headers stay in
# compiler/llvm; project files are named from the root of the tree, public headers in <>.
# Files right in compiler/ or runtime/ stand at the end of their list.
set -euo pipefail

# check_tree ROOT -- prints each include that breaks a rule.
check_tree() {
  (
    cd "$1"
    find . -type f -regextype posix-extended \
      -regex '\./(base|grammar|compiler|runtime|include|cli|tests)/.*\.(c|h|re|y|def)' -printf '%P\0' |
      sort -z | xargs -0 -r awk '
        BEGIN {
            n = split("ast check dag doc fold grad kernel lint llvm strip", list)
            for (i = 1; i <= n; i++) place["compiler/" list[i]] = i
            place["compiler"] = n + 1
            n = split("algebra calc data eval fit infer report", list)
            for (i = 1; i <= n; i++) place["runtime/" list[i]] = i
            place["runtime"] = n + 1
        }
        # The folder that a path belongs to: compiler/dag, runtime, base, ...
        function folder(path,    part, parts) {
            parts = split(path, part, "/")
            if (parts > 2 && (part[1] == "compiler" || part[1] == "runtime"))
                return part[1] "/" part[2]
            return part[1]
        }
        function top(path) { sub(/\/.*/, "", path); return path }
        function report(why) { printf "%s:%d: %s: %s\n", FILENAME, FNR, $0, why }
        FNR == 1 {
            from = folder(FILENAME); house = top(FILENAME)
            if ((house == "compiler" || house == "runtime") && !(from in place))
                printf "%s: the folder %s has no place in the order\n", FILENAME, from
        }
        /^[ \t]*#[ \t]*include[ \t]*[<"]/ {
            match($0, /[<"][^>"]*/)
            quoted = substr($0, RSTART, 1) == "\""
            file = substr($0, RSTART + 1, RLENGTH - 1)
            if (file ~ /(^|\/)\.\.\//) { report("no .. in an include"); next }
            if (file ~ /^llvm(-c)?\// && from != "compiler/llvm" && FILENAME !~ /^tests\/llvm\//) {
                report("LLVM stays in compiler/llvm"); next
            }
            if (!quoted) {
                if (house == "cli" && file ~ /^mlec/ && file != "mlec.h")
                    report("cli knows mlec.h alone")
                next
            }
            if (file !~ /\//) { report("name it from the root of the tree, public headers in <>"); next }
            to = folder(file); into = top(file)
            if (house == "tests" || to == from) next
            if (house == "cli") report("cli knows mlec.h alone")
            else if (house == "include" || house == "base") { if (into != "base" || house == "include") report("not to its left") }
            else if (into == "base") next
            else if (house == "grammar") { if (to != "compiler/ast") report("not to its left") }
            else if (into == "grammar") { if (from != "compiler/check" && from != "compiler") report("only check and the pipeline include grammar") }
            else if (house == "compiler" && to == "runtime/calc") next
            else if (into != house) report("not to its left")
            else if (!(to in place) || place[to] > place[from]) report("not to its left")
        }'
  )
}

# The rules themselves, on a tree where every file of good/ is right and every one of bad/ is wrong.
self_test() {
  local dir failed=0 line path include
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' RETURN
  while read -r verdict path include; do
    rm -rf "$dir/t" && mkdir -p "$dir/t/$(dirname "$path")"
    printf '#include %s\n' "$include" > "$dir/t/$path"
    line=$(check_tree "$dir/t")
    if [ "$verdict" = good ] && [ -n "$line" ] || [ "$verdict" = bad ] && [ -z "$line" ]; then
      echo "layering: $path including $include should be $verdict"
      failed=1
    fi
  done <<'CASES'
good base/a.c "base/b.h"
good base/a.c <mlec.h>
bad  base/a.c "runtime/calc/gamma.h"
bad  base/a.c "buf.h"
bad  base/a.c "../base/buf.h"
good grammar/parse.c "compiler/ast/ast.h"
good grammar/parser.y "grammar/parse.h"
bad  grammar/lexer.re "compiler/check/check.h"
good compiler/check/names.c "grammar/parse.h"
bad  compiler/dag/dag.c "grammar/parse.h"
bad  compiler/dag/dag.c "compiler/grad/grad.h"
good compiler/grad/grad.c "compiler/dag/dag.h"
good compiler/dag/interp.c "runtime/calc/gamma.h"
bad  compiler/llvm/jit.c "runtime/eval/eval.h"
good compiler/llvm/jit.c <llvm-c/Core.h>
bad  compiler/kernel/plan.c <llvm-c/Core.h>
good compiler/pipeline.c "compiler/llvm/jit.h"
good compiler/pipeline.c "grammar/parse.h"
bad  compiler/ast/ast.c "compiler/pipeline.h"
bad  compiler/odd/a.c <math.h>
bad  runtime/eval/bind.c "compiler/check/check.h"
bad  runtime/eval/bind.c "grammar/parse.h"
good runtime/fit/newton.c "runtime/algebra/algebra.h"
bad  runtime/algebra/dense.c "runtime/fit/fit.h"
good runtime/api.c "runtime/report/text.h"
good cli/main.c <mlec.h>
good cli/main.c "cli/options.def"
bad  cli/main.c <mlec_model.h>
bad  cli/main.c "base/buf.h"
bad  include/mlec.h "base/buf.h"
good tests/unit/base/a.c "base/buf.h"
good tests/llvm/a.c <llvm-c/Core.h>
bad  tests/unit/dag/a.c <llvm-c/Core.h>
CASES
  return $failed
}

self_test
broken=$(check_tree "${1:-${MLEC_SOURCE:-.}}")
if [ -n "$broken" ]; then
  printf '%s\n' "$broken"
  exit 1
fi
