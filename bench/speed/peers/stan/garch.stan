data {
  int n;
  vector[n] y;
}
parameters {
  real mu;
  real<lower=0> omega;
  real<lower=0, upper=1> alpha;
  real<lower=0, upper=1> beta;
}
model {
  vector[n] e = y - mu;
  vector[n] h;
  real start = dot_self(e) / n;
  h[1] = omega + (alpha + beta) * start;
  for (i in 2:n)
    h[i] = omega + alpha * square(e[i - 1]) + beta * h[i - 1];
  target += normal_lpdf(y | mu, sqrt(h));
}
