#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_VECTOR(y);
    DATA_VECTOR(exposure);
    DATA_MATRIX(x);
    PARAMETER_VECTOR(b);
    vector<Type> eta = x * b;
    return -dpois(y, vector<Type>(exposure * exp(eta)), true).sum();
}
