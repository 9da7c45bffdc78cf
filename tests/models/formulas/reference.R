# Coefficients of R's lm for a list of formulas: R --vanilla -q -f reference.R
# Writes data.csv and reference.json beside this file. With a random outcome the coefficients, and
# which of them are NA, determine the design matrix.
set.seed(42)
n <- 60
d <- data.frame(
  y = rnorm(n), x = round(rnorm(n), 3), z = round(runif(n, 1, 3), 3), w = round(rexp(n) + 0.1, 3),
  k = sample(c(2, 10, 9), n, TRUE), a = sample(c("p", "q", "r"), n, TRUE),
  b = sample(c("no", "yes"), n, TRUE), nested = "", cell = sample(c("u", "v"), n, TRUE))
d$nested <- paste0(d$a, sample(1:2, n, TRUE))
d <- d[!(d$a == "r" & d$cell == "v"), ] # an empty cell
write.csv(d, "data.csv", row.names = FALSE, quote = FALSE)

formulas <- c(
  "x", "1 + x + z", "0 + x", "x - 1", "a", "0 + a", "a - 1", "a + b", "a*b", "a:b", "0 + a:b",
  "b - 1 + a", "a/x", "a/b", "x/a", "a:x", "0 + a:x", "a + a:x", "x*z*a", "x:z", "x + x:z",
  "z + a:z:x", "(a + b + x)^2", "(a + b + x)^2 - a:b", "(x + z + w)^3 - x:z:w", "log(w)", "I(x^2)",
  "x + I(x^2) + I(x^3)", "poly(x, 3)", "poly(x, 2)*a", "a*poly(z, 2)", "factor(k)", "factor(k)*x",
  "relevel(factor(k), ref = \"10\") + x", "offset(z) + x", "x + offset(2*z) + offset(w) + a",
  "x + I(2*x)", "I(x + z) + x + z", "a + nested", "nested + a", "a*cell", "0 + a*cell", "cell + a:cell",
  "x + z + a + b + w", "a:b + x", "a + b:x", "0 + a:b:x", "a*b*x - a:b:x")
number <- function(v) ifelse(is.na(v), "null", sprintf("%.17g", v))
rows <- sapply(formulas, function(f) {
  m <- lm(as.formula(paste("y ~", f)), d)
  b <- coef(m)
  sprintf('  {"formula": "%s",\n   "names": [%s],\n   "coefficients": [%s], "log_likelihood": %s}',
          gsub('"', '\\\\"', f), paste0('"', gsub('"', '\\\\"', names(b)), '"', collapse = ", "),
          paste(number(b), collapse = ", "), number(as.numeric(logLik(m))))
})
writeLines(c("[", paste(rows, collapse = ",\n"), "]"), "reference.json")
