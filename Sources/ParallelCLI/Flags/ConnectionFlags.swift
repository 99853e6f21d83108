import ParallelSystem

/// How the API is reached.
package struct ConnectionOptions: Sendable {
    package var keyFile: String?

    package init() {}

    /// The flags that reach the same account again.
    var words: [String] {
        guard let keyFile, !FileTarget.isOfThisProcess(keyFile) else { return [] }
        return FlagSpec.words("api-key-file", keyFile)
    }
}

enum ConnectionFlags {
    static let all: [Flag<ConnectionOptions>] = [
        Flag(
            "api-key-file", value: FlagSpec.Value("FILE", completion: .file),
            summary: "Read the API key from FILE instead of PARALLEL_API_KEY",
            details: "With - as FILE it is read from standard input, which nothing else can be read from then. A file "
                + "that others can read is refused, unless it is a secret that a container mounts. A key is never taken "
                + "from the command line."
        ) { options, text throws(InvalidValue) in
            if text.isEmpty { throw InvalidValue("the file name is empty") }
            options.keyFile = text
        }
    ]
}
