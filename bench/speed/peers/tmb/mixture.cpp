#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_VECTOR(y);
    PARAMETER(logit_w);
    PARAMETER_VECTOR(m);
    PARAMETER_VECTOR(log_s);
    Type log_w = -logspace_add(Type(0), -logit_w), log_v = -logspace_add(Type(0), logit_w);
    Type s1 = exp(log_s(0)), s2 = exp(log_s(1)), value = 0;
    for (int i = 0; i < y.size(); i++)
        value -= logspace_add(log_w + dnorm(y(i), m(0), s1, true),
                              log_v + dnorm(y(i), m(1), s2, true));
    return value;
}
