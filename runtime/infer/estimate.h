/* From an estimate and its standard error to z, p and an interval. */
#ifndef RUNTIME_INFER_ESTIMATE_H
#define RUNTIME_INFER_ESTIMATE_H

#include <mlec.h>
#include <mlec_model.h>

/* Fills z, p_value, lower and upper of `e` from its estimate and std_error. z and p for REAL only.
 * The interval is Wald's on the natural scale for real and ordered quantities, on the log of the
 * distance for those with one bound, on the logit scale between two bounds. */
void estimate_fill(mlec_estimate *e, mlec_type type, double lower, double upper, double level);

/* AIC and its relatives; NaN where they do not exist. */
double criterion_aic(double log_likelihood, double k);
double criterion_aicc(double log_likelihood, double k, double n);
double criterion_bic(double log_likelihood, double k, double n);

#endif
