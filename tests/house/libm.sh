#!/usr/bin/env bash
# The library's numbers come from its own functions: of the C library's mathematics it uses what IEEE
# 754 rounds correctly, which is the same on every machine. Excepted are quadruple precision and the
# optimizer's coordinates (eval/transform.c), which no evaluation reads.
set -euo pipefail
build=${1:-$MLEC_BUILD}
functions='exp|exp2|exp10|expm1|log|log2|log10|log1p|pow|sin|cos|sincos|tan|asin|acos|atan|atan2'
functions+='|sinh|cosh|tanh|asinh|acosh|atanh|erf|erfc|lgamma|lgamma_r|tgamma|cbrt|hypot'
objects=$(find "$build/CMakeFiles/mlec_rt_objects.dir" -name '*.o' ! -name transform.c.o)
[ -n "$objects" ] || exit 1
# shellcheck disable=SC2086  # paths of the build are words
if nm -uA $objects | grep -E " U ($functions)$"; then
  echo 'these are functions of the C library'
  exit 1
fi
