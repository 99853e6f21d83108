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
            summary: "Show the status of runs, or watch them until they end",
            description: """
                Asks for the status of runs and prints it without waiting for anything, or with --watch each change of it \
                until all have ended. The results are those of 'task result'.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "RUN_ID", .oneOrMore, completion: .ids(of: "run"), standardInput: .asDash,
                    summary: "ids of runs, or - to read them from standard input")
            ],
            defaults: LookupOptions(), flags: LookupOptions.flagsOfWatch,
            examples: [
                .init("parallel task status trun_9907962f83aa4d9d98fd7f4bf745d654", "One run"),
                .init("parallel task status --json - < ids.txt | jq -r .status", "The status of many"),
                .init("parallel task status --watch trun_9907962f83aa4d9d98fd7f4bf745d654", "Watch it until it ends"),
            ],
            check: { options, words throws(UsageError) in
                options.words = try RunIDs.check(words)
                try options.checkWatch()
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let ids = try RunIDs.read(options.words, context)
        if options.isWatched {
            var seen: Set<ExactText> = []
            return try await watch(ids.filter { seen.insert(ExactText($0)).inserted }, client)
        }
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

    private func watch(_ ids: [String], _ client: ParallelClient) async throws -> ExitCode {
        let watch = StatusWatch(options: options, output: output, context: context, command: ["task", "status"])
        /// The runs as they were last seen, at the places of their ids.
        let seen = Lock([TaskRun?](repeating: nil, count: ids.count))
        let elapsed = context.clock.stopwatch()
        defer {
            // What is known when the watch ends stays on the screen.
            if watch.isLive { try? write(seen.withLock { $0.compactMap(\.self) }, isOne: ids.count == 1) }
        }
        let outcome = try await watch.shown { [terminal = context.terminal] frame, elapsed in
            let columns = terminal.redrawnColumns
            let states = zip(ids, seen.withLock(\.self)).map { (id: $0, run: $1) }
            let lines = (states.filter { $0.run?.isActive != false } + states.filter { $0.run?.isActive == false }).map
            { id, run in
                let status = run?.status.rawValue ?? "asking"
                guard run?.isActive != false else {
                    return "\(ControlCharacters.neutralised(status)) · \(id)".truncated(toWidth: columns - 1)
                }
                return ProgressLine.draw(
                    .init(frame: frame, elapsed: elapsed, status: status, message: id), columns: columns)
            }
            return lines
        } during: {
            try await SeveralRuns.process(Array(ids.indices), context, named: { "run \(ids[$0])" }) { place in
                let left = options.timeout.map { max(.milliseconds(1), $0 - elapsed()) }
                let run = try await watch.outcome(of: "run \(ids[place])", word: ids[place], within: left) {
                    let run = try await client.run(ids[place])
                    let before = seen.withLock { seen in
                        defer { seen[place] = run }
                        return seen[place]
                    }
                    if before?.status != run.status, !watch.isLive { try writeChange(run) }
                    return run.isActive ? nil : run
                }
                if run.status != .completed { throw RunNotCompleted(run, hiding: context.streams.secrets) }
            } onSuccess: { _ in
            }
        }
        guard outcome.unfinished.isEmpty else {
            throw Interrupted(
                "interrupted; \(outcome.unfinished.count) of \(ids.count) runs go on",
                hints: watch.hints(for: outcome.unfinished.map { ids[$0] }), context)
        }
        if outcome.code == .success || outcome.code == .partial { try output.finish() }
        return outcome.code
    }

    /// Writes a line for a run whose status has changed.
    private func writeChange(_ run: TaskRun) throws {
        let cells = [run.id, run.status.rawValue, run.processor ?? "", run.modifiedAt ?? ""]
        try output.write(document: run.json, asRow: cells.map { [.text($0)] }, widths: [37, 10, 10, 0])
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
