#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_VECTOR(y);
    DATA_MATRIX(x);
    PARAMETER_VECTOR(b);
    vector<Type> eta = x * b, one(y.size());
    one.fill(1);
    return -dbinom_robust(y, one, eta, true).sum();
}
