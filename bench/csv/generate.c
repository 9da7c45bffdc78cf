/* generate KIND ROWS [COLUMNS-OR-LEVELS] > FILE: writes the tables of the comparison, the same
 * bytes each time. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 42;

/* xorshift64*: 64 random bits. */
static uint64_t draw(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545F4914F6CDD1Du;
}

static double uniform(void) { return (double)(draw() >> 11) / 9007199254740992.0; }

static void put_header(int n)
{
    for (int j = 0; j < n; j++)
        printf("%sx%d", j ? "," : "", j + 1);
    putchar('\n');
}

/* What instruments and spreadsheets write: integers and decimals of 1 to 9 digits, signs, here and
 * there a missing value. */
static void put_number(int j)
{
    uint64_t r = draw();
    if (r % 1000 == 0)
        fputs("NA", stdout);
    else if (j % 4 == 0)
        printf("%d", (int)(r >> 32) % 100000);
    else if (j % 4 == 1)
        printf("%.3f", 2000 * (uniform() - 0.5));
    else if (j % 4 == 2)
        printf("%d", (int)(r >> 40 & 1));
    else
        printf("%.6f", 20 * (uniform() - 0.5));
}

static void put_numbers(long rows, int columns)
{
    put_header(columns);
    for (long i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            put_number(j);
            putchar(j + 1 < columns ? ',' : '\n');
        }
}

/* All digits of a double, as programs write them that lose nothing. */
static void put_long_numbers(long rows, int columns)
{
    put_header(columns);
    for (long i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            printf("%.17g%c", 200 * (uniform() - 0.5), j + 1 < columns ? ',' : '\n');
}

static void put_levels(long rows, long levels)
{
    puts("g,y");
    for (long i = 0; i < rows; i++)
        printf("subject_%ld,%d\n", (long)(draw() % (uint64_t)levels), (int)(draw() % 100));
}

/* Quotes around every text, commas and doubled quotes and line ends inside. */
static void put_quoted(long rows)
{
    static const char *const places[] = {"North",      "South, upper", "the \"\"old\"\" mill",
                                         "West\nside", "Plain field",  "Hill 7"};
    puts("\"id\",\"place\",\"note\",\"y\"");
    for (long i = 0; i < rows; i++)
        printf("\"%ld\",\"%s\",\"n%d\",%.3f\n", i, places[draw() % 6], (int)(draw() % 1000),
               uniform());
}

/* Every third value missing, in the ways that it is written. */
static void put_missing(long rows, int columns)
{
    static const char *const words[] = {"", "NA", "NaN"};
    put_header(columns);
    for (long i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            uint64_t r = draw();
            r % 3 ? printf("%.4f", 20 * (uniform() - 0.5)) : (void)fputs(words[r / 3 % 3], stdout);
            putchar(j + 1 < columns ? ',' : '\n');
        }
}

/* A day, a few texts that repeat, an amount. */
static void put_dates(long rows)
{
    static const char *const shops[] = {"Aachen", "Bonn", "Celle", "Dessau", "Essen"};
    puts("day,shop,kind,amount");
    for (long i = 0; i < rows; i++) {
        unsigned r = (unsigned)(draw() >> 32);
        printf("20%02u-%02u-%02u,%s,%c,%.2f\n", r % 25, 1 + r / 25 % 12, 1 + r / 300 % 28,
               shops[r / 8400 % 5], "abc"[r / 42000 % 3], 1000 * uniform());
    }
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    long rows = argc > 2 ? atol(argv[2]) : 0;
    int columns = argc > 3 ? atoi(argv[3]) : 1;
    if (rows < 1 || columns < 1)
        kind = "";
    if (!strcmp(kind, "numbers"))
        put_numbers(rows, columns);
    else if (!strcmp(kind, "long"))
        put_long_numbers(rows, columns);
    else if (!strcmp(kind, "levels"))
        put_levels(rows, columns);
    else if (!strcmp(kind, "quoted"))
        put_quoted(rows);
    else if (!strcmp(kind, "missing"))
        put_missing(rows, columns);
    else if (!strcmp(kind, "dates"))
        put_dates(rows);
    else
        return fputs("usage: generate numbers|long|levels|quoted|missing|dates ROWS [NUMBER]\n",
                     stderr),
               2;
    return 0;
}
