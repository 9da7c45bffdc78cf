/* The data of both programs. */
#ifndef TABLE_H
#define TABLE_H

enum { ROWS = 12 };

static const double claims_column[ROWS] = {4, 3, 6, 2, 1, 3, 9, 5, 2, 7, 4, 1};
static const double years_column[ROWS] = {20, 31, 25, 40, 22, 18, 30, 28, 35, 24, 33, 19};
static const double age_column[ROWS] = {22, 35, 28, 51, 63, 44, 19, 38, 57, 25, 33, 61};

#endif
