import ParallelAPI
import ParallelOutput
import ParallelSystem

/// `parallel findall result`: waits for a run that exists and prints what it has found.
struct FindAllResultCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        var isNow = false
        var follow = FindAllFollowOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [Flag("now", summary: "Print what was found so far, without waiting") { $0.isNow = $1 }]
            + FindAllFollowOptions.flags.map { $0.embedded(at: \.follow) }
            + (OutputFlags.data() + OutputFlags.notice).map { $0.embedded(at: \.output) }
    }

    static let name = "findall result"

    static var command: Command {
        Command(
            summary: "Wait for a FindAll run and print what it has found",
            description: """
                Waits until the run has ended and prints its matches: on a terminal each with its fields, in a pipe a \
                row for each, with a column for each condition and enrichment. A run that failed or was cancelled \
                exits with 6, after what it had found was printed.
                """,
            usesNetwork: true,
            positionals: [
                Positional("FINDALL_ID", .required, completion: .ids(of: "findall"), summary: "the id of a FindAll run")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel findall result findall_9907962f83aa4d9d98fd7f4bf745d654", "Wait, and print the matches"),
                .init(
                    "parallel findall result findall_9907962f83aa4d9d98fd7f4bf745d654 --now --all-candidates",
                    "Everything it has looked at so far"),
                .init(
                    "parallel findall result findall_9907962f83aa4d9d98fd7f4bf745d654 --basis -o found.html",
                    "As a page, with reasons and sources"),
            ],
            check: { options, words throws(UsageError) in options.id = try RunIDs.single(words, .findAll) },
            runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.follow.connection, output, context)
        let following = FindAllFollowing(options: options.follow, client: client, output: output, context: context)
        guard options.isNow else {
            try await following.conclude(options.id, within: options.follow.wait.timeout, isKnown: false)
            return .success
        }
        let result = try await client.findAllResult(options.id)
        try following.write(result)
        try FindAllFollowing.check(result.run)
        return .success
    }
}
