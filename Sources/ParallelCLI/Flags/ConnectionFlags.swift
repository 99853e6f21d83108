import ParallelSystem

/// The options for connecting to the API.
package struct ConnectionOptions: Sendable {
    package var keyFile: String?

    package init() {}

    /// The flags that select the same account again, for a command to type.
    var words: [String] {
        guard let keyFile, !FileTarget.isOfThisProcess(keyFile) else { return [] }
        return FlagSpec.words("api-key-file", keyFile)
    }
}

enum ConnectionFlags {
    static let all: [Flag<ConnectionOptions>] = [
        Flag(
            "api-key-file", value: FlagSpec.Value("FILE", completion: .file, takesStandardInput: true),
            summary: "Read the API key from FILE instead of PARALLEL_API_KEY",
            details: "With - as FILE the key is read from standard input, which then can hold nothing else. A file "
                + "that others can read is refused, unless it is a secret that a container mounts. A key is never taken "
                + "from the command line."
        ) { options, text throws(InvalidValue) in
            options.keyFile = try FileNameText.parse(text)
        }
    ]
}
