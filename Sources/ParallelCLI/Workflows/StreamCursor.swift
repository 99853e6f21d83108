import ParallelHTTP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The position in a stream of events, and the command that continues from there.
struct StreamCursor: Sendable {
    static let flag = Flag<String?>(
        "after", value: FlagSpec.Value("CURSOR"), summary: "Continue after the event with this event_id",
        details: "--json shows the id, and so does the command that is printed when a stream breaks off."
    ) { cursor, text throws(InvalidValue) in
        cursor = try FilledText.parse(text, called: "cursor")
    }

    /// The words before the command, such as `list the rest with`.
    private let purpose: String
    /// The command without its cursor.
    private let words: [String]
    /// The flags of output and connection, which follow the cursor.
    private let flags: [String]
    /// Whether the data goes to the file of `--output`.
    private let writesFile: Bool
    private let context: Context
    private let start: String?
    /// The id of the last event that was read.
    private let last: Lock<String?>

    /// - Parameters:
    ///   - start: the event after which the stream begins; nil for the whole stream.
    ///   - purpose: the words before the command, such as `list the rest with`.
    ///   - words: the command without cursor, output and connection.
    init(
        after start: String?, _ purpose: String, _ words: [String], _ output: OutputOptions,
        _ connection: ConnectionOptions, _ context: Context
    ) {
        self.start = start
        self.purpose = purpose
        self.words = words
        flags = output.words + connection.words
        writesFile = output.file != nil
        self.context = context
        last = Lock(start)
    }

    /// Records that the stream was read up to the event with this id; nil changes nothing.
    func advance(to id: String?) { last.withLock { $0 = id ?? $0 } }

    /// Reads the stream with `work`. The error of a stream that ends early names the command that continues it.
    func reportingResumeCommand(_ work: () async throws -> Void) async throws {
        try await ResumableWait.perform(
            interrupted: "interrupted", hints: { [command] }, context,
            unless: { error in !(error is WaitTimedOut) && last.withLock { $0 } == start }, work)
    }

    private var command: Hint {
        // The file of --output appears only when it is complete, so it holds nothing yet.
        let cursor = writesFile ? start : last.withLock { $0 }
        let after = cursor.map { ["--after=\(context.maskedWord($0))"] } ?? []
        return "\(purpose): \(command: context.command(words, flags: after + flags))"
    }
}
