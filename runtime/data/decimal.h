/* Decimal numbers, read to the nearest double (ties to even).
 *
 *   number = [+-] (digits [point digits] | point digits) [(e|E) [+-] digits]
 *
 * Three ways, each exact:
 * 1. Clinger (PLDI 1990): digits up to 2^53 times or over a power of ten up to 10^22 is one
 *    rounding of two exact doubles.
 * 2. Up to 19 digits and powers of ten up to 10^27: 5^27 < 2^63, so the product, or the quotient
 *    with its remainder, is exact in 128-bit integers and is rounded once.
 * 3. Anything else: strtod on a bounded copy. 767 digits decide every tie between doubles, so the
 *    copy has the first 800 significant digits and one more that is 1 where the rest is not 0. It
 *    has no decimal point, so the locale does not matter.
 */
#ifndef RUNTIME_DATA_DECIMAL_H
#define RUNTIME_DATA_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum {
    DECIMAL_NUMBER,
    DECIMAL_INFINITE, /* inf, infinity in any case, signed or not: *out is infinite */
    DECIMAL_OVERFLOW, /* a number beyond the largest double: *out is infinite */
    DECIMAL_NONE      /* not a number; *out is NaN */
} decimal_status;

/* Reads the whole of [begin, end) as a number whose decimal point is `point`. */
decimal_status decimal_read(const char *begin, const char *end, char point, double *out);

/* digits * 10^exponent for -27 <= exponent <= 27. */
double decimal_scale(uint64_t digits, int exponent);

/* By sign and exponent: dividing by -10^k is dividing by 10^k and negating, without a branch on a
 * sign that is often as good as random. */
static const double decimal_powers[2][23] = {
    {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
     1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22},
    {-1e0,  -1e1,  -1e2,  -1e3,  -1e4,  -1e5,  -1e6,  -1e7,  -1e8,  -1e9,  -1e10, -1e11,
     -1e12, -1e13, -1e14, -1e15, -1e16, -1e17, -1e18, -1e19, -1e20, -1e21, -1e22},
};

/* The common numbers, at the head of a text that does not end with a digit: returns where the
 * number ends, or NULL where decimal_read has to look. `point` is a byte, or -1 for none. Digit by
 * digit: for numbers of up to 8 digits eight at a time in one word were slower (measured: 8 against
 * 6.5 ns), and no faster for 17 digits. */
static inline __attribute__((always_inline)) const char *decimal_fast(const char *p, int point,
                                                                      double *out)
{
    bool negative = *p == '-';
    p += negative;
    const char *first = p;
    uint64_t digits = 0;
    unsigned d;
    while ((d = (unsigned)(unsigned char)*p - '0') < 10) {
        digits = 10 * digits + d;
        p++;
    }
    ptrdiff_t n = p - first, whole = n;
    if ((unsigned char)*p == point) {
        const char *fraction = ++p;
        while ((d = (unsigned)(unsigned char)*p - '0') < 10) {
            digits = 10 * digits + d;
            p++;
        }
        n += p - fraction;
    }
    if (n == 0 || n > 19)
        return NULL;
    int exponent = (int)(whole - n);
    if ((*p | 0x20) == 'e') {
        p++;
        bool down = *p == '-';
        p += down || *p == '+';
        if (*p < '0' || *p > '9')
            return NULL;
        int e = 0;
        for (; *p >= '0' && *p <= '9'; p++)
            e = e < 1000 ? 10 * e + (*p - '0') : e;
        exponent += down ? -e : e;
    }
    double x;
    if (digits <= (uint64_t)1 << 53 && exponent >= -22 && exponent <= 22) {
        const double *powers = decimal_powers[negative];
        x = (double)(int64_t)digits;
        x = exponent < 0 ? x / powers[-exponent] : x * powers[exponent];
    } else if (exponent >= -27 && exponent <= 27) {
        x = decimal_scale(digits, exponent);
        x = negative ? -x : x;
    } else {
        return NULL;
    }
    *out = x;
    return p;
}

#endif
