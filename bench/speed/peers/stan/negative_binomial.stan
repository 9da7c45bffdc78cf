data {
  int n;
  int p;
  matrix[n, p] x;
  int<lower=0> y[n];
}
parameters {
  vector[p] b;
  real<lower=0> phi;
}
model {
  target += neg_binomial_2_log_glm_lpmf(y | x, 0, b, phi);
}
