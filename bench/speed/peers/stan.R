# stan.R compile SCRIPT FOLDER: keeps the compiled program in a folder.
# stan.R fit|gradient SCRIPT FOLDER FILE.csv: fits a table; or the time of a gradient at the start.
source("common.R")
suppressPackageStartupMessages(library(rstan))
if (rstan_options("boost_lib") == "" && dir.exists("/usr/include/boost"))
  rstan_options(boost_lib = "/usr/include")  # Debian has Boost there and no package BH
arguments <- commandArgs(TRUE)
script <- arguments[2]
kept <- file.path(arguments[3], paste0(script, ".rds"))

starts <- function(p, k) list(
  logistic = list(b = as.array(rep(0, p))),
  logistic_few = list(b = as.array(rep(0, p)), a = 0),
  poisson = list(b = as.array(rep(0, p))),
  poisson_factor = list(a = rep(0, k), b = 0),
  negative_binomial = list(b = rep(0, p), phi = 1),
  weibull = list(b = rep(0, p), shape = 1),
  mixture = list(w = 0.5, m = c(-2, 2), s = c(1, 1)),
  garch = list(mu = 0, omega = 0.13, alpha = 0.12, beta = 0.73),
  normal = list(mu = 0, sigma = 1),
  linear = list(b = rep(0, p), sigma = 1),
  multinomial = list(b = matrix(0, p, 4)),
  ordinal = list(b = rep(0, p), cut = c(-1, 0, 1, 2)),
  four_parameter = list(top = 90, bottom = 0, ec50 = 1, hill = 1, sigma = 2.7))

if (arguments[1] == "compile") {
  say("compile_s", processor(model <- stan_model(file.path(arguments[3], paste0(script, ".stan")))))
  saveRDS(model, kept)
} else {
  model <- readRDS(kept)
  data <- as_lists(read_table(arguments[4]), script)
  start <- starts(data$p, if (is.null(data$k)) 0 else data$k)[[script]]
  if (arguments[1] == "gradient") {
    fit <- suppressMessages(sampling(model, data, chains = 0))
    at <- unconstrain_pars(fit, start)
    turn <- 0
    say("gradient_ns", per_row(function() {
      turn <<- turn + 1
      grad_log_prob(fit, at + 1e-9 * (turn %% 2), adjust_transform = FALSE)
    }, data$n))
  } else {
    say("fit_s", processor({
      fit <- optimizing(model, data, init = start, hessian = TRUE, iter = 10000)
      solve(-fit$hessian)
    }))
    say("log_likelihood", fit$value)
  }
}
