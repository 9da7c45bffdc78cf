#include <TMB.hpp>

template <class Type> Type objective_function<Type>::operator()()
{
    DATA_VECTOR(y);
    PARAMETER(mu);
    PARAMETER(log_omega);
    PARAMETER(logit_alpha);
    PARAMETER(logit_beta);
    Type omega = exp(log_omega), alpha = invlogit(logit_alpha), beta = invlogit(logit_beta);
    vector<Type> square = (y - mu) * (y - mu);
    Type past = square.mean(), h = past, value = 0;
    for (int i = 0; i < y.size(); i++) {
        h = omega + alpha * past + beta * h;
        value -= dnorm(y(i), mu, sqrt(h), true);
        past = square(i);
    }
    return value;
}
