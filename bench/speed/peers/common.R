# What the R programs here share. Each runs in this folder and prints lines of a key and a value.

read_table <- function(path) {
  if (!requireNamespace("data.table", quietly = TRUE)) return(read.csv(path))
  data.table::setDTthreads(1)
  data.table::fread(path, data.table = FALSE, showProgress = FALSE)
}

# The columns by name, x1 ... xp as one matrix, and the sizes that Stan wants to know.
as_lists <- function(d, script) {
  numbered <- grep("^x[0-9]+$", names(d))
  others <- setdiff(seq_along(d), numbered)
  x <- unname(as.matrix(d[numbered]))
  storage.mode(x) <- "double"
  lists <- c(as.list(d[others]), list(x = x, n = nrow(d), p = ncol(x)))
  if (script == "poisson_factor") lists <- c(lists, list(x1 = d$x1 + 0, k = max(d$g)))
  lists
}

now <- function() {
  time <- proc.time()
  sum(time[c("user.self", "sys.self", "user.child", "sys.child")], na.rm = TRUE)
}

processor <- function(expression) {
  begin <- now()
  expression
  now() - begin
}

# Nanoseconds per row of calls of f in turn, as many as half a second takes, three at least.
per_row <- function(f, n) {
  f()
  count <- 0
  begin <- now()
  while (count < 3 || now() - begin < 0.5) {
    f()
    count <- count + 1
  }
  1e9 * (now() - begin) / count / n
}

say <- function(key, value) cat(key, " ", if (is.numeric(value)) sprintf("%.15g", value) else value, "\n", sep = "")
