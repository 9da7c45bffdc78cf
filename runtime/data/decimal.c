#include "runtime/data/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

__extension__ typedef unsigned __int128 u128;

/* m * 2^e to the nearest double; `more` says that the true value lies above m by less than 1. The
 * result is a normal number. */
static double round_to_double(uint64_t m, bool more, int e)
{
    int shift = __builtin_clzll(m);
    m <<= shift;
    e -= shift;
    uint64_t mantissa = m >> 11, rest = m & 0x7FF, half = 0x400;
    if (rest > half || (rest == half && (more || (mantissa & 1))))
        mantissa++;
    uint64_t power = (uint64_t)(1023 + e + 11) << 52;
    double scale;
    memcpy(&scale, &power, sizeof scale);
    return (double)mantissa * scale;
}

static uint64_t power_of_five(int k)
{
    uint64_t x = 1;
    for (uint64_t base = 5; k; k >>= 1, base *= base)
        if (k & 1)
            x *= base;
    return x;
}

double decimal_scale(uint64_t digits, int exponent)
{
    if (digits == 0)
        return 0;
    if (exponent >= 0) {
        u128 product = (u128)digits * power_of_five(exponent);
        uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
        if (!high)
            return round_to_double(low, false, exponent);
        int shift = __builtin_clzll(high);
        product <<= shift;
        return round_to_double((uint64_t)(product >> 64), (uint64_t)product != 0,
                               exponent + 64 - shift);
    }
    /* Both sides with their top bit set, the dividend one bit lower: the quotient has 63 or 64
     * bits. */
    uint64_t divisor = power_of_five(-exponent);
    int up = __builtin_clzll(digits), down = __builtin_clzll(divisor);
    u128 dividend = (u128)(digits << up) << 63;
    divisor <<= down;
    uint64_t quotient = (uint64_t)(dividend / divisor);
    bool more = (uint64_t)dividend != quotient * divisor;
    return round_to_double(quotient, more, down - up - 63 + exponent);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_infinite_word(const char *p, size_t n)
{
    return (n == 3 && !strncasecmp(p, "inf", n)) || (n == 8 && !strncasecmp(p, "infinity", n));
}

enum { SIGNIFICANT = 800, FAR = 100000 };

/* The copy that way 3 hands to strtod. */
typedef struct {
    char text[SIGNIFICANT + 32];
    int n;           /* digits in it */
    bool more;       /* a digit that is not 0 was left out */
    int64_t omitted; /* digits left out */
} significant;

static void add_digit(significant *s, char c)
{
    if (s->n == 0 && c == '0')
        return;
    if (s->n < SIGNIFICANT) {
        s->text[s->n++] = c;
    } else {
        s->omitted++;
        s->more |= c != '0';
    }
}

decimal_status decimal_read(const char *begin, const char *end, char point, double *out)
{
    *out = NAN;
    const char *p = begin;
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (is_infinite_word(p, (size_t)(end - p))) {
        *out = negative ? -INFINITY : INFINITY;
        return DECIMAL_INFINITE;
    }
    significant s = {.n = 0};
    const char *first = p;
    for (; p < end && is_digit(*p); p++)
        add_digit(&s, *p);
    int64_t n = p - first, exponent = 0;
    if (p < end && *p == point) {
        const char *fraction = ++p;
        for (; p < end && is_digit(*p); p++)
            add_digit(&s, *p);
        exponent = fraction - p;
        n -= exponent;
    }
    if (n == 0)
        return DECIMAL_NONE;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        bool down = p < end && *p == '-';
        if (p < end && (*p == '-' || *p == '+'))
            p++;
        if (p == end)
            return DECIMAL_NONE;
        int64_t e = 0;
        for (; p < end && is_digit(*p); p++)
            e = e < (int64_t)1 << 48 ? 10 * e + (*p - '0') : e;
        exponent += down ? -e : e;
    }
    if (p != end)
        return DECIMAL_NONE;
    if (s.n == 0) {
        *out = negative ? -0.0 : 0.0;
        return DECIMAL_NUMBER;
    }
    exponent += s.omitted;
    if (s.more) {
        s.text[s.n++] = '1';
        exponent--;
    }
    /* Far outside the range of doubles, where the digits no longer matter. */
    exponent = exponent > FAR ? FAR : exponent < -FAR ? -FAR : exponent;
    snprintf(s.text + s.n, sizeof s.text - (size_t)s.n, "e%d", (int)exponent);
    double x = strtod(s.text, NULL);
    *out = negative ? -x : x;
    return isinf(x) ? DECIMAL_OVERFLOW : DECIMAL_NUMBER;
}
