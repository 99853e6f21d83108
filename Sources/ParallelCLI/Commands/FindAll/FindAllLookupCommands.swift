import ParallelAPI
import ParallelOutput
import ParallelSystem

/// `parallel findall status`: shows the state of runs, without waiting.
struct FindAllStatusCommand: RunnableCommand {
    let options: LookupOptions
    let output: Output
    let context: Context

    static let name = "findall status"

    static var command: Command {
        Command(
            summary: "Show the status of FindAll runs, without waiting",
            description: "Prints the status of runs, how many candidates they have looked at, and how many matched.",
            usesNetwork: true,
            positionals: [
                Positional(
                    "FINDALL_ID", .oneOrMore, completion: .ids(of: "findall"), standardInput: .asDash,
                    summary: "ids of FindAll runs, or - to read them from standard input")
            ],
            defaults: LookupOptions(), flags: LookupOptions.flags,
            examples: [
                .init("parallel findall status findall_9907962f83aa4d9d98fd7f4bf745d654", "One run"),
                .init(
                    "parallel findall status --json findall_9907962f83aa4d9d98fd7f4bf745d654 | jq .status.metrics",
                    "How far it is"),
            ],
            check: { options, words throws(UsageError) in options.words = try RunIDs.check(words, .findAll) },
            runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let ids = try RunIDs.read(options.words, context, .findAll)
        var runs: [FindAllRun] = []
        let outcome = try await SeveralRuns.process(ids, context, named: { "FindAll run \($0)" }) { id in
            try await client.findAll(id)
        } onSuccess: { run in
            runs.append(run)
        }
        try FindAllStatusView.write(runs, isOne: ids.count == 1, output)
        guard outcome.unfinished.isEmpty else {
            throw Interrupted(
                "interrupted; \(outcome.unfinished.count) of \(ids.count) runs were not looked at", context)
        }
        if outcome.code == .success || outcome.code == .partial { try output.finish() }
        return outcome.code
    }
}

/// `parallel findall schema`: shows what a run looks for.
struct FindAllSchemaCommand: RunnableCommand {
    let options: LookupOptions
    let output: Output
    let context: Context

    static let name = "findall schema"

    static var command: Command {
        Command(
            summary: "Show what a FindAll run looks for: its conditions and enrichments",
            description: """
                Prints objective, kind of entity, conditions, enrichments, generator and match limit of a run, as they \
                are after it was enriched or extended. The API leaves out metadata, webhook and what is secret of MCP \
                servers; --state of 'findall run' keeps what is needed to find things again.
                """,
            usesNetwork: true,
            positionals: [
                Positional("FINDALL_ID", .required, completion: .ids(of: "findall"), summary: "the id of a FindAll run")
            ],
            defaults: LookupOptions(), flags: LookupOptions.flags,
            examples: [.init("parallel findall schema findall_9907962f83aa4d9d98fd7f4bf745d654", "Its conditions")],
            check: { options, words throws(UsageError) in options.words = [try RunIDs.single(words, .findAll)] },
            runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        try FindAllSchemaView.write(try await client.answer(to: .findAll(options.words[0], "schema")), output)
        try output.finish()
        return .success
    }
}
