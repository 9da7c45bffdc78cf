data {
  int n;
  int p;
  matrix[n, p] x;
  int<lower=0, upper=4> y[n];
}
parameters {
  matrix[p, 4] b;
}
model {
  matrix[n, 4] eta = x * b;
  for (i in 1:n)
    target += categorical_logit_lpmf(y[i] + 1 | append_row(0, eta[i]'));
}
