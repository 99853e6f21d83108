// ParallelCore
