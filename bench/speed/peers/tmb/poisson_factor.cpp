#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_VECTOR(y);
    DATA_FACTOR(g);
    DATA_VECTOR(x1);
    PARAMETER_VECTOR(a);
    PARAMETER(b);
    Type value = 0;
    for (int i = 0; i < y.size(); i++)
        value -= dpois(y(i), exp(a(g(i)) + b * x1(i)), true);
    return value;
}
