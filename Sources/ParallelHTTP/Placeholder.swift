// ParallelHTTP
