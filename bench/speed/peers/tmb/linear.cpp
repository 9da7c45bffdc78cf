#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_VECTOR(y);
    DATA_MATRIX(x);
    PARAMETER_VECTOR(b);
    PARAMETER(log_sigma);
    vector<Type> mean = x * b;
    return -dnorm(y, mean, exp(log_sigma), true).sum();
}
