data {
  int n;
  int p;
  matrix[n, p] x;
  vector<lower=0>[n] time;
  vector<lower=0, upper=1>[n] event;
}
transformed data {
  vector[n] log_time = log(time);
  real seen = sum(event);
  real seen_log_time = dot_product(event, log_time);
}
parameters {
  vector[p] b;
  real<lower=0> shape;
}
model {
  vector[n] z = shape * (log_time - x * b);
  target += seen * log(shape) - seen_log_time + dot_product(event, z) - sum(exp(z));
}
