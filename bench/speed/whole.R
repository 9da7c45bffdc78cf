# whole.R NAME FILE.csv: fits the model with R's function for it; prints the function's name, the
# processor seconds of the fit, standard errors included, and the log-likelihood.
arguments <- commandArgs(TRUE)
d <- read.csv(arguments[2])
columns <- grep("^x", names(d), value = TRUE)
f <- function(left, more = NULL) reformulate(c("0", columns, more), left)

minimise <- function(start, minus_log_likelihood) {
  o <- optim(start, minus_log_likelihood, method = "BFGS", hessian = TRUE,
             control = list(maxit = 1000, reltol = 1e-12))
  solve(o$hessian)
  -o$value
}

fits <- list(
  logistic10 = function() glm(f("y"), binomial, d),
  poisson = function() glm(f("y", "offset(log(exposure))"), poisson, d),
  negative_binomial = function() MASS::glm.nb(f("y"), d),
  weibull = function() survival::survreg(f("survival::Surv(time, event)"), d, dist = "weibull"),
  mixture = function() minimise(c(0, -2, 2, 0, 0), function(b) {
    w <- plogis(b[1])
    -sum(log(w * dnorm(d$y, b[2], exp(b[4])) + (1 - w) * dnorm(d$y, b[3], exp(b[5]))))
  }),
  garch = function() minimise(c(mean(d$y), log(0.1 * var(d$y)), -2, 1), function(b) {
    e <- d$y - b[1]
    a <- plogis(b[3])
    c <- plogis(b[4])
    s2 <- mean(e^2)
    past <- c(s2, e[-length(e)]^2)
    h <- stats::filter(exp(b[2]) + a * past, c, "recursive", init = s2)
    -sum(dnorm(e, 0, sqrt(h), log = TRUE))
  }),
  normal = function() lm(y ~ 1, d),
  multinomial = function() nnet::multinom(f("y"), d, Hess = TRUE, trace = FALSE, maxit = 500),
  ordinal = function() MASS::polr(reformulate(columns, "factor(y)"), d, method = "probit",
                                  Hess = TRUE),
  four_parameter = function() nls(y ~ bottom + (top - bottom) / (1 + (ec50 / dose)^hill), d,
                                  list(top = 90, bottom = 0, ec50 = 1, hill = 1)),
  linear50 = function() lm(f("y"), d))
fits$logistic100 <- fits$logistic10
names_of <- c(logistic10 = "glm", logistic100 = "glm", poisson = "glm",
              negative_binomial = "glm.nb", weibull = "survreg", mixture = "optim",
              garch = "optim", normal = "lm", multinomial = "multinom", ordinal = "polr",
              four_parameter = "nls", linear50 = "lm")

time <- system.time({
  fit <- fits[[arguments[1]]]()
  if (!is.numeric(fit)) invisible(summary(fit))
})
value <- if (is.numeric(fit)) fit else as.numeric(logLik(fit))
cat(names_of[[arguments[1]]], time[["user.self"]] + time[["sys.self"]], sprintf("%.15g", value), "\n")
