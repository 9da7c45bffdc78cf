data {
  int n;
  int k;
  int<lower=1, upper=k> g[n];
  vector[n] x1;
  int<lower=0> y[n];
}
parameters {
  vector[k] a;
  real b;
}
model {
  target += poisson_log_lpmf(y | a[g] + b * x1);
}
