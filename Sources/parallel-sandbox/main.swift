import ParallelSystem
import SandboxServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

exit(SandboxCommand.main(ProcessArguments.words.map { String(cString: $0) }))
