#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_VECTOR(time);
    DATA_VECTOR(event);
    DATA_MATRIX(x);
    PARAMETER_VECTOR(b);
    PARAMETER(log_shape);
    Type shape = exp(log_shape);
    vector<Type> log_time = log(time), eta = x * b, z = shape * (log_time - eta);
    return -(event * (log_shape + z - log_time) - exp(z)).sum();
}
