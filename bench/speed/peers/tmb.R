# tmb.R compile SCRIPT FOLDER: makes the template's library in a folder.
# tmb.R fit|gradient SCRIPT FOLDER FILE.csv: fits a table; or the time of a gradient at the start.
source("common.R")
suppressPackageStartupMessages(library(TMB))
arguments <- commandArgs(TRUE)
script <- arguments[2]

starts <- function(p, k) list(
  logistic = list(b = rep(0, p)),
  logistic_few = list(b = rep(0, p), a = 0),
  poisson = list(b = rep(0, p)),
  poisson_factor = list(a = rep(0, k), b = 0),
  negative_binomial = list(b = rep(0, p), log_phi = 0),
  weibull = list(b = rep(0, p), log_shape = 0),
  mixture = list(logit_w = 0, m = c(-2, 2), log_s = c(0, 0)),
  garch = list(mu = 0, log_omega = -2, logit_alpha = -2, logit_beta = 1),
  normal = list(mu = 0, log_sigma = 0),
  linear = list(b = rep(0, p), log_sigma = 0),
  multinomial = list(b = matrix(0, p, 4)),
  ordinal = list(b = rep(0, p), first = -1, log_step = c(0, 0, 0)),
  four_parameter = list(top = 90, bottom = 0, log_ec50 = 0, hill = 1, log_sigma = 1))

if (arguments[1] == "compile") {
  setwd(arguments[3])
  say("compile_s", processor(compile(paste0(script, ".cpp"), "-O3 -march=native")))
} else {
  data <- as_lists(read_table(arguments[4]), script)
  k <- if (is.null(data$k)) 0 else data$k
  if (!is.null(data$g)) data$g <- factor(data$g)
  dyn.load(dynlib(file.path(arguments[3], script)))
  make <- function() MakeADFun(data, starts(data$p, k)[[script]], DLL = script, silent = TRUE)
  if (arguments[1] == "gradient") {
    o <- make()
    turn <- 0
    say("gradient_ns", per_row(function() {
      turn <<- turn + 1
      o$gr(o$par + 1e-9 * (turn %% 2))
    }, data$n))
  } else {
    say("fit_s", processor({
      o <- make()
      fit <- nlminb(o$par, o$fn, o$gr, control = list(iter.max = 1000, eval.max = 1000))
      sdreport(o)
    }))
    say("log_likelihood", -fit$objective)
  }
}
