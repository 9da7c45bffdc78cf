/* Finding a byte in 64 bytes at once: the step by which a table is scanned. */
#ifndef RUNTIME_DATA_BYTES_H
#define RUNTIME_DATA_BYTES_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

/* Every text that is scanned is followed by this many readable zero bytes. */
enum { BYTES_PADDING = 128 };

/* Bit i is set where p[i] == c, for i in 0 .. 63. */
static inline uint64_t bytes_match(const char *p, char c)
{
#if defined(__AVX2__)
    __m256i want = _mm256_set1_epi8(c);
    __m256i low = _mm256_loadu_si256((const __m256i *)(const void *)p);
    __m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
    uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, want));
    uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, want));
    return a | (uint64_t)b << 32;
#else
    const uint64_t ones = 0x0101010101010101u, low7 = 0x7F7F7F7F7F7F7F7Fu;
    uint64_t mask = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t word = 0;
        for (int j = 0; j < 8; j++)
            word |= (uint64_t)(unsigned char)p[8 * i + j] << 8 * j;
        word ^= ones * (unsigned char)c;
        /* 0x80 in each byte that is 0, then one bit for each byte. */
        uint64_t zero = ~(((word & low7) + low7) | word | low7);
        mask |= ((zero >> 7) * 0x0102040810204080u >> 56) << 8 * i;
    }
    return mask;
#endif
}

/* Bits below i, i in 0 .. 63. */
static inline uint64_t bytes_below(unsigned i) { return ((uint64_t)1 << i) - 1; }

/* Bit i is the parity of bits 0 .. i of x: from each odd bit up to the one before the next. */
static inline uint64_t bytes_prefix_xor(uint64_t x)
{
    for (int shift = 1; shift < 64; shift *= 2)
        x ^= x << shift;
    return x;
}

#endif
