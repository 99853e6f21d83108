import ParallelOutput

/// The options of a command that asks the API once for what its words name, and prints the response.
struct LookupOptions: CommandOptions {
    /// The positional words, checked.
    var words: [String] = []
    var connection = ConnectionOptions()
    var output = OutputOptions()

    static let flags: [Flag<LookupOptions>] =
        ConnectionFlags.all.map { $0.embedded(at: \.connection) }
        + OutputFlags.data().map { $0.embedded(at: \.output) }
}
