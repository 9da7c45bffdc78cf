#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_VECTOR(y);
    DATA_VECTOR(dose);
    PARAMETER(top);
    PARAMETER(bottom);
    PARAMETER(log_ec50);
    PARAMETER(hill);
    PARAMETER(log_sigma);
    vector<Type> u = exp(hill * (log_ec50 - log(dose)));
    vector<Type> mean = bottom + (top - bottom) / (Type(1) + u);
    return -dnorm(y, mean, exp(log_sigma), true).sum();
}
