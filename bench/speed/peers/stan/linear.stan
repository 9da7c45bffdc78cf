data {
  int n;
  int p;
  matrix[n, p] x;
  vector[n] y;
}
parameters {
  vector[p] b;
  real<lower=0> sigma;
}
model {
  target += normal_id_glm_lpdf(y | x, 0, b, sigma);
}
