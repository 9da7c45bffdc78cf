/* Inside runtime/calc: what the families of jet.def have in common. */
#ifndef MLEC_RUNTIME_CALC_JET_PARTS_H
#define MLEC_RUNTIME_CALC_JET_PARTS_H

#include "runtime/calc/jet.h"

#include <stdbool.h>

/* A rule of Gauss and Legendre on [0, 1]. */
enum { JET_NODES = 32 };
extern const double jet_nodes[JET_NODES], jet_weights[JET_NODES];

/* From the jet of log p that of log(1 - p), in place. */
void jet_complement(double *jet, int n);
void jet_nan(double *jet, int n);
/* Of a probability that is 1, or 0, all around. */
void jet_certain(double *jet, int n, bool nothing);

/* lgamma(x) - (x - 1/2) log(x) + x - log(2 pi)/2 for x >= 8. */
double jet_stirling(double x);
/* log(x) - digamma(x) for x >= 8. */
double jet_log_digamma(double x);
/* lgamma(1 + x), relatively accurate next to 0. */
double jet_lgamma1p(double x);

#endif
