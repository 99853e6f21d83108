// ParallelTerminal
