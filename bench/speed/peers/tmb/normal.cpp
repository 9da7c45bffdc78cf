#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_VECTOR(y);
    PARAMETER(mu);
    PARAMETER(log_sigma);
    return -dnorm(y, mu, exp(log_sigma), true).sum();
}
