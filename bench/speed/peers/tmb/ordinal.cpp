#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_IVECTOR(y);
    DATA_MATRIX(x);
    PARAMETER_VECTOR(b);
    PARAMETER(first);
    PARAMETER_VECTOR(log_step);
    vector<Type> eta = x * b, cut(log_step.size() + 1);
    cut(0) = first;
    for (int k = 0; k < log_step.size(); k++)
        cut(k + 1) = cut(k) + exp(log_step(k));
    Type value = 0;
    for (int i = 0; i < y.size(); i++) {
        Type above = y(i) <= cut.size() ? pnorm(cut(y(i) - 1) - eta(i)) : Type(1);
        Type below = y(i) > 1 ? pnorm(cut(y(i) - 2) - eta(i)) : Type(0);
        value -= log(above - below);
    }
    return value;
}
