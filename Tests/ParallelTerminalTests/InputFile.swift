import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that is open for reading, and a descriptor that loses what is written to it.
final class InputFile {
    let reader: Int32
    let sink: Int32

    init(_ text: String) throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(text, to: "text")
        reader = open(path, O_RDONLY | O_CLOEXEC)
        sink = open("/dev/null", O_WRONLY | O_CLOEXEC)
    }

    deinit {
        close(reader)
        close(sink)
    }
}
