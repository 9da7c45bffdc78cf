data {
  int n;
  vector<lower=0>[n] dose;
  vector[n] y;
}
transformed data {
  vector[n] log_dose = log(dose);
}
parameters {
  real top;
  real bottom;
  real<lower=0> ec50;
  real hill;
  real<lower=0> sigma;
}
model {
  target += normal_lpdf(
    y | bottom + (top - bottom) * inv_logit(hill * (log_dose - log(ec50))), sigma);
}
