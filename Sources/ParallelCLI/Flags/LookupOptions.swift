import ParallelOutput
import ParallelTerminal

/// The options of a command that asks the API once for what its words name, and prints the response.
struct LookupOptions: CommandOptions {
    /// The positional words, checked.
    var words: [String] = []
    /// Whether the state is watched until the work ends, how often it is asked for, and for how long at most.
    var isWatched = false
    var interval = Duration.seconds(5)
    var timeout: Duration?
    var connection = ConnectionOptions()
    var output = OutputOptions()

    static let flags: [Flag<LookupOptions>] =
        ConnectionFlags.all.map { $0.embedded(at: \.connection) }
        + OutputFlags.data().map { $0.embedded(at: \.output) }

    /// The flags of a command that can watch until the work ends.
    static let flagsOfWatch: [Flag<LookupOptions>] =
        [
            Flag(
                "watch", summary: "Watch until it has ended",
                details:
                    "A terminal shows the state as it changes; elsewhere each change is a line, with --json a line of "
                    + "JSON. The exit code is that of the end: 0, 6 for what failed, 8 where only some failed. Ctrl-C ends "
                    + "the watch, not the work."
            ) { $0.isWatched = $1 },
            Flag(
                "interval", value: FlagSpec.Value("DURATION"), summary: "With --watch, look this often (default 5s)"
            ) { options, text throws(InvalidValue) in
                options.interval = try DurationText.parse(text)
                if options.interval < .seconds(1) { throw InvalidValue("the shortest is 1s") }
            },
            WaitFlags.ofBatch(details: "With --watch. What is watched goes on; the exit code is 5.").embedded(
                at: \.timeout),
        ] + flags + OutputFlags.notice.map { $0.embedded(at: \.output) }

    /// Throws where rows are wanted of a watch, or a flag of one is given without it.
    func checkWatch() throws(UsageError) {
        if isWatched { try output.refuseTables(for: "what changes") }
        if !isWatched, timeout != nil { throw UsageError("--timeout goes with --watch") }
    }
}
