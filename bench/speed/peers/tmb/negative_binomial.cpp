#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_VECTOR(y);
    DATA_MATRIX(x);
    PARAMETER_VECTOR(b);
    PARAMETER(log_phi);
    vector<Type> eta = x * b, log_excess = Type(2) * eta - log_phi;
    return -dnbinom_robust(y, eta, log_excess, true).sum();
}
