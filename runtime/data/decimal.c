#include "runtime/data/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

__extension__ typedef unsigned __int128 u128;

static const uint64_t powers_of_five[][2] = {
#include "runtime/data/powers_of_five.inc"
};

/* The high half of a product of 64 bits, and its low half. */
static uint64_t multiply(uint64_t x, uint64_t y, uint64_t *low)
{
    u128 product = (u128)x * y;
    *low = (uint64_t)product;
    return (uint64_t)(product >> 64);
}

double decimal_scale(uint64_t digits, int exponent)
{
    if (digits == 0)
        return 0;
    const uint64_t *five = powers_of_five[exponent + DECIMAL_FAR];
    int up = __builtin_clzll(digits);
    uint64_t low, high = multiply(digits << up, five[0], &low);
    if ((high & 0x1FF) == 0x1FF) { /* the rest of the power may carry into it */
        uint64_t unused, more = multiply(digits << up, five[1], &unused);
        low += more;
        high += low < more;
    }
    /* 54 bits: the mantissa and one more for rounding. */
    int top = (int)(high >> 63);
    uint64_t mantissa = high >> (top + 9);
    bool exact = low <= 1 && mantissa << (top + 9) == high;
    /* A tie: 5^23 is the last power of five, and 5^-4 the first, with which there is one. */
    if (exact && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1)
        mantissa--;
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    /* 152170 / 2^16 is log2(5), exactly enough: floor(q log2(5)) for all q of the table. */
    int e = top + 11 + ((exponent * 152170) >> 16) + exponent - up;
    uint64_t power = (uint64_t)(1023 + e) << 52;
    double scale;
    memcpy(&scale, &power, sizeof scale);
    return (double)mantissa * scale;
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
    if (decimal_fast(begin, (unsigned char)point, out) == end)
        return DECIMAL_NUMBER;
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
