// ParallelCLI
