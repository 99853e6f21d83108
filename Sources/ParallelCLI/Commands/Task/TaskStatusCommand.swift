import ParallelAPI
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel task status`: shows the status of runs, without waiting.
struct TaskStatusCommand: RunnableCommand {
    let options: LookupOptions
    let output: Output
    let context: Context

    static let name = "task status"

    static var command: Command {
        Command(
            summary: "Show the status of runs, without waiting",
            description: "Asks for the status of runs and prints it without waiting for anything.",
            usesNetwork: true,
            positionals: [
                Positional(
                    "RUN_ID", .oneOrMore, completion: .ids(of: "run"), standardInput: .asDash,
                    summary: "ids of runs, or - to read them from standard input")
            ],
            defaults: LookupOptions(), flags: LookupOptions.flags,
            examples: [
                .init("parallel task status trun_9907962f83aa4d9d98fd7f4bf745d654", "One run"),
                .init("parallel task status --json - < ids.txt | jq -r .status", "The status of many"),
            ],
            check: { options, words throws(UsageError) in options.words = try RunIDs.check(words) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let ids = try RunIDs.read(options.words, context)
        var runs: [TaskRun] = []
        let outcome = try await SeveralRuns.process(ids, context, named: { "run \($0)" }) { id in
            try await client.run(id)
        } onSuccess: { run in
            runs.append(run)
        }
        try write(runs, isOne: ids.count == 1)
        guard outcome.unfinished.isEmpty else {
            throw Interrupted(
                "interrupted; \(outcome.unfinished.count) of \(ids.count) runs were not looked at",
                hints: options.output.file.map { ["\($0) was not written"] } ?? [], context)
        }
        if outcome.code == .success || outcome.code == .partial { try output.finish() }
        return outcome.code
    }

    private func write(_ runs: [TaskRun], isOne: Bool) throws {
        if output.format.isJSON {
            for run in runs { try output.write(document: run.json, isOnly: isOne) }
            return
        }
        let rows = runs.map { run -> [[Document.Inline]] in
            [
                [.text(run.id)], [.mark(.status(run.status.rawValue))], [.text(run.processor ?? "")],
                time(run.createdAt), time(run.modifiedAt), [.text(run.error.map { output.said($0.message) } ?? "")],
            ]
        }
        let columns: [Document.Column] = [
            .init("run_id", .identifier), .init("status", .status), .init("processor"), .init("created", .time),
            .init("modified", .time), .init("error"),
        ]
        // Headings alone say nothing to a person.
        if !runs.isEmpty || output.format != .table {
            try output.write(table: Document.Table(columns: columns, rows: rows))
        }
        for run in runs { RunWarnings.tell(run, prefix: "\(run.id): ", output, context) }
    }

    private func time(_ text: String?) -> [Document.Inline] {
        text.map { [.time($0, seconds: Timestamp.seconds($0))] } ?? []
    }
}
