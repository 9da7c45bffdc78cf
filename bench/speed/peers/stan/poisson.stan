data {
  int n;
  int p;
  matrix[n, p] x;
  vector<lower=0>[n] exposure;
  int<lower=0> y[n];
}
transformed data {
  vector[n] offset_term = log(exposure);
}
parameters {
  vector[p] b;
}
model {
  target += poisson_log_glm_lpmf(y | x, offset_term, b);
}
