import ParallelOutput

/// Whether a request is shown instead of sent.
struct PreviewOptions: Sendable {
    var isDryRun = false
    var printsCurl = false

    /// Whether the request is only printed.
    var sendsNothing: Bool { isDryRun || printsCurl }

    /// Checks what must hold, also for where the request is written.
    func check(_ output: inout OutputOptions) throws(UsageError) {
        if isDryRun, printsCurl { throw UsageError("--dry-run and --curl exclude each other") }
        // A curl command is a script, whose name may have any extension.
        if printsCurl { output.takesAnyFileName = true }
    }
}

enum PreviewFlags {
    static let all = flags(curl: "The command reads $PARALLEL_API_KEY; the key is not in it.")
    /// Those of a request that may name MCP servers.
    static let withServers = flags(
        curl: "The command reads $PARALLEL_API_KEY and the variables of MCP servers; the key is not in it.")
    /// Those of a request to a model of any provider.
    static let ofModels = flags(
        curl: "The command reads the key and the variables of MCP servers from the environment.")

    static let dryRun = Flag<PreviewOptions>(
        "dry-run", sendsNothing: true, summary: "Print the request as JSON, secrets masked; send nothing"
    ) { $0.isDryRun = $1 }

    private static func flags(curl details: String) -> [Flag<PreviewOptions>] {
        [
            dryRun,
            Flag(
                "curl", sendsNothing: true, summary: "Print the request as a curl command; send nothing",
                details: details
            ) { $0.printsCurl = $1 },
        ]
    }
}
