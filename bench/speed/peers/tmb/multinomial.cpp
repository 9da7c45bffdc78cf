#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_IVECTOR(y);
    DATA_MATRIX(x);
    PARAMETER_MATRIX(b);
    matrix<Type> eta = x * b;
    Type value = 0;
    for (int i = 0; i < y.size(); i++) {
        Type total = 1;
        for (int k = 0; k < eta.cols(); k++)
            total += exp(eta(i, k));
        value += log(total) - (y(i) > 0 ? eta(i, y(i) - 1) : Type(0));
    }
    return value;
}
