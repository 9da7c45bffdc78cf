data {
  int n;
  vector[n] y;
}
parameters {
  real<lower=0, upper=1> w;
  ordered[2] m;
  vector<lower=0>[2] s;
}
model {
  for (i in 1:n)
    target += log_mix(w, normal_lpdf(y[i] | m[1], s[1]), normal_lpdf(y[i] | m[2], s[2]));
}
