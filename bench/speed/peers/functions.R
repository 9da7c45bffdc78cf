# functions.R NAME FILE.csv: fits the model with R's function for it, standard errors included.
source("common.R")
arguments <- commandArgs(TRUE)
d <- read_table(arguments[2])
columns <- grep("^x", names(d), value = TRUE)
f <- function(left, more = NULL) reformulate(c("0", columns, more), left)

minimise <- function(start, minus_log_likelihood) {
  o <- optim(start, minus_log_likelihood, method = "BFGS", hessian = TRUE,
             control = list(maxit = 1000, reltol = 1e-12))
  solve(o$hessian)
  -o$value
}

fits <- list(
  logistic = list("glm", function() glm(f("y"), binomial, d)),
  logistic_few = list("glm", function() glm(reformulate(columns, "y"), binomial, d)),
  poisson = list("glm", function() glm(f("y", "offset(log(exposure))"), poisson, d)),
  poisson_factor = list("glm", function() glm(y ~ 0 + factor(g) + x1, poisson, d)),
  negative_binomial = list("glm.nb", function() MASS::glm.nb(f("y"), d)),
  weibull = list("survreg", function()
    survival::survreg(f("survival::Surv(time, event)"), d, dist = "weibull")),
  mixture = list("optim", function() minimise(c(0, -2, 2, 0, 0), function(b) {
    w <- plogis(b[1])
    -sum(log(w * dnorm(d$y, b[2], exp(b[4])) + (1 - w) * dnorm(d$y, b[3], exp(b[5]))))
  })),
  garch = list("optim", function()
    minimise(c(mean(d$y), log(0.1 * var(d$y)), -2, 1), function(b) {
      e <- d$y - b[1]
      a <- plogis(b[3])
      c <- plogis(b[4])
      s2 <- mean(e^2)
      past <- c(s2, e[-length(e)]^2)
      h <- stats::filter(exp(b[2]) + a * past, c, "recursive", init = s2)
      -sum(dnorm(e, 0, sqrt(h), log = TRUE))
    })),
  normal = list("lm", function() lm(y ~ 1, d)),
  multinomial = list("multinom", function()
    nnet::multinom(f("y"), d, Hess = TRUE, trace = FALSE, maxit = 500)),
  ordinal = list("polr", function()
    MASS::polr(reformulate(columns, "factor(y)"), d, method = "probit", Hess = TRUE)),
  four_parameter = list("nls", function()
    nls(y ~ bottom + (top - bottom) / (1 + (ec50 / dose)^hill), d,
        list(top = 90, bottom = 0, ec50 = 1, hill = 1))),
  linear = list("lm", function() lm(f("y"), d)))

chosen <- fits[[arguments[1]]]
say("function", chosen[[1]])
say("fit_s", processor({
  fit <- chosen[[2]]()
  if (!is.numeric(fit)) invisible(summary(fit))
}))
say("log_likelihood", if (is.numeric(fit)) fit else as.numeric(logLik(fit)))
