data {
  int n;
  int p;
  matrix[n, p] x;
  int<lower=1, upper=5> y[n];
}
parameters {
  vector[p] b;
  ordered[4] cut;
}
model {
  vector[n] eta = x * b;
  for (i in 1:n)
    target += ordered_probit_lpmf(y[i] | eta[i], cut);
}
