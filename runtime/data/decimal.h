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

static const double decimal_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Adds the digits at p to *value (modulo 2^64); returns where they end. Eight at a time: the digits
 * of a word are moved to its upper end, which leaves zeros before them, and added up in pairs. */
static inline const char *decimal_digits(const char *p, uint64_t *value)
{
    static const uint32_t scale[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    for (;;) {
        uint64_t word;
        memcpy(&word, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        word ^= 0x3030303030303030u;
        uint64_t other = ((word + 0x7676767676767676u) | word) & 0x8080808080808080u;
        unsigned n = other ? (unsigned)__builtin_ctzll(other) / 8 : 8;
        if (n == 0)
            return p;
        word <<= 64 - 8 * n;
        word = word * 10 + (word >> 8);
        word = ((word & 0x000000FF000000FFu) * 0x000F424000000064u +
                (word >> 16 & 0x000000FF000000FFu) * 0x0000271000000001u) >>
               32;
        *value = *value * scale[n] + word;
        p += n;
        if (n < 8)
            return p;
    }
}

/* The common numbers, at the head of a text with 8 readable bytes behind it: returns where the
 * number ends, or NULL where decimal_read has to look. `point` is a byte, or -1 for none. */
__attribute__((always_inline)) static inline const char *decimal_fast(const char *p, int point,
                                                                      double *out)
{
    bool negative = *p == '-';
    p += negative;
    uint64_t digits = 0;
    const char *first = p;
    p = decimal_digits(p, &digits);
    ptrdiff_t n = p - first;
    int exponent = 0;
    if ((unsigned char)*p == point) {
        const char *fraction = ++p;
        p = decimal_digits(p, &digits);
        exponent = -(int)(p - fraction < 100 ? p - fraction : 100);
        n += p - fraction;
    }
    if (n == 0 || n > 19)
        return NULL;
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
        x = (double)digits;
        if (exponent < 0)
            x /= decimal_powers[-exponent];
        else
            x *= decimal_powers[exponent];
    } else if (exponent >= -27 && exponent <= 27) {
        x = decimal_scale(digits, exponent);
    } else {
        return NULL;
    }
    *out = negative ? -x : x;
    return p;
}

#endif
