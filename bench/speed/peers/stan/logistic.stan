data {
  int n;
  int p;
  matrix[n, p] x;
  int<lower=0, upper=1> y[n];
}
parameters {
  vector[p] b;
}
model {
  target += bernoulli_logit_glm_lpmf(y | x, 0, b);
}
