// ParallelJSON
