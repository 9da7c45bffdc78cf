/* Decimal numbers, read to the nearest double (ties to even).
 *
 *   number = [+-] (digits [point digits] | point digits) [(e|E) [+-] digits]
 *
 * Three ways, each exact:
 * 1. Clinger (PLDI 1990): digits up to 2^53 times or over a power of ten up to 10^22 is one
 *    rounding of two exact doubles.
 * 2. Up to 19 digits and powers of ten from 10^-64 to 10^64: the digits times the first 64 or,
 * where these leave a doubt, 128 bits of the power of five (Lemire, Software: Practice and
 * Experience 51, 2021). That this is always enough for the nearest double is proved by Mushtak and
 * Lemire, Software: Practice and Experience 53, 2023.
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

#if defined(__AVX2__)
#include <immintrin.h>
#endif

typedef enum {
    DECIMAL_NUMBER,
    DECIMAL_INFINITE, /* inf, infinity in any case, signed or not: *out is infinite */
    DECIMAL_OVERFLOW, /* a number beyond the largest double: *out is infinite */
    DECIMAL_NONE      /* not a number; *out is NaN */
} decimal_status;

/* Reads the whole of [begin, end) as a number whose decimal point is `point`. What follows is
 * readable up to a byte that no number has, such as 0 or a separator. */
decimal_status decimal_read(const char *begin, const char *end, char point, double *out);

/* digits * 10^exponent for -DECIMAL_FAR <= exponent <= DECIMAL_FAR. */
enum { DECIMAL_FAR = 64 };
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
    } else if (exponent >= -DECIMAL_FAR && exponent <= DECIMAL_FAR) {
        x = decimal_scale(digits, exponent);
        x = negative ? -x : x;
    } else {
        return NULL;
    }
    *out = x;
    return p;
}

/* The same where the end is known: `length` bytes at p, 32 are readable. False where decimal_fast
 * or decimal_read have to look: exponents, more than 19 digits, anything that is no number. */
#if defined(__AVX2__)
/* 16 digits, the first one highest; 0 where a number has fewer. */
static inline uint64_t decimal_value(__m128i digits)
{
    const __m128i tens = _mm_set1_epi16(1 << 8 | 10), hundreds = _mm_set1_epi32(1 << 16 | 100),
                  myriads = _mm_set1_epi32(1 << 16 | 10000);
    __m128i four = _mm_madd_epi16(_mm_maddubs_epi16(digits, tens), hundreds);
    __m128i eight = _mm_madd_epi16(_mm_packus_epi32(four, four), myriads);
    uint64_t both = (uint64_t)_mm_cvtsi128_si64(eight);
    return (both & UINT32_MAX) * 100000000 + (both >> 32);
}

/* Without a branch on the length, which is as good as random. With the mask of bytes that are no
 * digits the point is found; the bytes behind it move up by one place, and all to the right. */
static inline __attribute__((always_inline)) bool decimal_field(const char *p, size_t length,
                                                                int point, double *out)
{
    static const int8_t places[] = {-16, -15, -14, -13, -12, -11, -10, -9, -8, -7, -6,
                                    -5,  -4,  -3,  -2,  -1,  0,   1,   2,  3,  4,  5,
                                    6,   7,   8,   9,   10,  11,  12,  13, 14, 15};
    bool negative = *p == '-';
    p += negative;
    unsigned n = (unsigned)length - negative;
    if (length > 21 || n - 1 > 19)
        return false;
    const __m256i zero = _mm256_set1_epi8('0'), ten = _mm256_set1_epi8(10);
    __m256i all = _mm256_sub_epi8(_mm256_loadu_si256((const __m256i *)(const void *)p), zero);
    unsigned other =
        (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_max_epu8(all, ten), all));
    other &= (1u << n) - 1;
    unsigned at = (unsigned)__builtin_ctz(other | 1u << n), fraction = 0, count = n;
    if (other) {
        if ((other & (other - 1)) || (unsigned char)p[at] != point || n == 1)
            return false;
        fraction = n - 1 - at;
        count = n - 1;
    }
    if (count > 19)
        return false;
    __m128i behind = _mm_set1_epi8((char)(at - 1));
    unsigned head = count < 16 ? count : count - 16;
    __m128i place = _mm_loadu_si128((const __m128i *)(const void *)(places + head));
    place = _mm_sub_epi8(place, _mm_cmpgt_epi8(place, behind));
    uint64_t digits = decimal_value(_mm_shuffle_epi8(_mm256_castsi256_si128(all), place));
    if (count >= 16) { /* the digits in front of the last 16 are done; head is at most 3 */
        const __m128i from_zero = _mm_loadu_si128((const __m128i *)(const void *)(places + 16));
        __m128i straight = _mm_loadu_si128((const __m128i *)(const void *)(p + head));
        __m128i moved = _mm_loadu_si128((const __m128i *)(const void *)(p + head + 1));
        __m128i later = _mm_cmpgt_epi8(from_zero, _mm_set1_epi8((char)((int)at - 1 - (int)head)));
        __m128i tail = _mm_sub_epi8(_mm_blendv_epi8(straight, moved, later), _mm_set1_epi8('0'));
        digits = digits * 10000000000000000u + decimal_value(tail);
    }
    if (digits <= (uint64_t)1 << 53) {
        *out = (double)(int64_t)digits / decimal_powers[negative][fraction];
        return true;
    }
    double x = decimal_scale(digits, -(int)fraction);
    *out = negative ? -x : x;
    return true;
}
#else
static inline bool decimal_field(const char *p, size_t length, int point, double *out)
{
    const char *end = p + length;
    return decimal_fast(p, point, out) == end;
}
#endif

#endif
