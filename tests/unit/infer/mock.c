#include "tests/unit/fit/mock.c"
