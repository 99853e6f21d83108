#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The built programs, which stand beside the test bundle.
enum Program {
    static let parallel = folder + "/parallel"
    static let sandbox = folder + "/parallel-sandbox"

    /// `PARALLEL_TEST_PROGRAMS` names another folder, to try other builds.
    static let folder: String = {
        if let named = getenv("PARALLEL_TEST_PROGRAMS") { return String(cString: named) }
        // On macOS the runner is another program, and the bundle is a folder that it gets the path into.
        let words = CommandLine.arguments
        let bundle = words.firstIndex(of: "--test-bundle-path").map { words[words.index(after: $0)...] }?.first
        var path = bundle ?? words[0]
        while let slash = path.lastIndex(of: "/") {
            path = String(path[..<slash])
            if access(path + "/parallel", X_OK) == 0 { return path }
        }
        return "."
    }()
}
