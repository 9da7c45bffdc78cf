# fread.R FILE THREADS: the same by data.table, text as factors.
arguments <- commandArgs(TRUE)
data.table::setDTthreads(as.integer(arguments[2]))
time <- system.time(
  d <- data.table::fread(arguments[1], showProgress = FALSE, stringsAsFactors = TRUE))
memory <- sub("\\D*(\\d+) kB", "\\1", grep("^VmHWM", readLines("/proc/self/status"), value = TRUE))
cat(sprintf('{"rows": %d, "columns": %d, "ms": %.5g, "processor_ms": %.5g, "peak_mb": %.4g}\n',
            nrow(d), ncol(d), 1e3 * time[["elapsed"]],
            1e3 * (time[["user.self"]] + time[["sys.self"]]), as.numeric(memory) / 1e3))
