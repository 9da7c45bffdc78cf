data {
  int n;
  int p;
  matrix[n, p] x;
  int<lower=0, upper=1> y[n];
}
parameters {
  vector[p] b;
  real a;
}
model {
  target += bernoulli_logit_glm_lpmf(y | x, a, b);
}
