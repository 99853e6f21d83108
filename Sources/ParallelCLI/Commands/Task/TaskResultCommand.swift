import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel task result`: waits for runs that exist and prints their results.
struct TaskResultCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var ids: [String] = []
        var showsBasis = false
        var showsToolCalls = false
        var wait = WaitOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag("basis", summary: "Show reasoning and citations with their excerpts") { $0.showsBasis = $1 },
                Flag(
                    "tool-calls", summary: "Show the MCP tool calls of the runs and nothing else",
                    details:
                        "Nothing is cut. With --json, the calls are an array as the API sends it, and for "
                        + "several runs an object with run_id and mcp_tool_calls for each; with --format "
                        + "jsonl, each call is a line."
                ) { $0.showsToolCalls = $1 },
            ]
            + WaitFlags.all.map { $0.embedded(at: \.wait) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + (OutputFlags.data() + OutputFlags.notice).map { $0.embedded(at: \.output) }
    }

    static let name = "task result"

    static var command: Command {
        Command(
            summary: "Wait for runs and print their results",
            description: """
                Waits until the runs have ended and prints their results in the order given. Several runs are waited \
                for at the same time; with --json, each result is a document on a line of its own.

                Results are kept as the retention setting of your account says, with zero data retention not at all: \
                fetch them soon, and save what you need.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "RUN_ID", .oneOrMore, completion: .ids(of: "run"), standardInput: .asDash,
                    summary: "ids of runs, or - to read them from standard input")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel task result trun_9907962f83aa4d9d98fd7f4bf745d654", "Wait for one run"),
                .init(
                    "parallel task result --json - < ids.txt > results.jsonl",
                    "Many runs: ids, or JSON lines with a run_id"),
                .init(
                    "parallel task result trun_9907962f83aa4d9d98fd7f4bf745d654 -o report.html",
                    "As a page to read or print, with question and sources"),
                .init(
                    "parallel task result --tool-calls trun_9907962f83aa4d9d98fd7f4bf745d654",
                    "What it asked MCP servers, and what they answered"),
            ],
            check: { options, words throws(UsageError) in
                options.ids = try RunIDs.check(words)
                if options.showsBasis, options.showsToolCalls {
                    throw UsageError("--basis and --tool-calls exclude each other")
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let ids = try RunIDs.read(options.ids, context)
        let whole = ResumeCommand(
            output: options.output, connection: options.connection, showsBasis: options.showsBasis,
            showsToolCalls: options.showsToolCalls)
        var resume = whole
        // The command to type is for some of the runs, but the file is for all of them: it must neither prevent the
        // command nor be replaced by it.
        if ids.count > 1 {
            resume.output.file = nil
            resume.output.replacesFile = false
        }
        let progress = RunProgress(context: context, output: output, events: .none)
        if ids.count > 1 { progress.count(of: ids.count) }
        let waiter = RunWaiter(
            client: client, resume: resume, output: output, context: context, namesRuns: ids.count > 1,
            showsProgress: ids.count == 1)
        var view = ResultView(output: output, context: context, showsBasis: options.showsBasis)
        view.isOneOfSeveral = ids.count > 1
        var calls = ToolCallView(output: output, context: context)
        calls.isOneOfSeveral = ids.count > 1

        let elapsed = context.clock.stopwatch()
        func process() async throws -> SeveralRuns.Outcome {
            try await SeveralRuns.process(ids, context, named: { "run \($0)" }) { id in
                defer { progress.countEnded() }
                // All runs share one time limit.
                let result = try await waiter.wait(
                    for: id, timeout: options.wait.rest(after: elapsed()), isKnown: false,
                    events: ids.count == 1 && output.redrawsProgress ? .onProgressLine : .none)
                return (
                    result: result, question: try await question(of: result, client, isOneOfSeveral: ids.count > 1)
                )
            } onSuccess: { found in
                if options.showsToolCalls {
                    try calls.write(found.result)
                } else {
                    try view.write(found.result, question: found.question)
                }
            }
        }
        let outcome = ids.count > 1 ? try await progress.shown(during: process) : try await process()
        if calls.runCount > 0, calls.callCount == 0 {
            output.note(ids.count == 1 ? "run \(ids[0]) made no MCP tool calls" : "these runs made no MCP tool calls")
        }
        guard outcome.unfinished.isEmpty else {
            // A file is only written as a whole, so all runs have to be fetched again for it.
            let rest = options.output.file == nil ? outcome.unfinished.map { ids[$0] } : ids
            throw Interrupted(
                "interrupted; the results of \(outcome.unfinished.count) of \(ids.count) runs are missing",
                hints: whole.hints(for: rest, context), context)
        }
        if outcome.code == .success || outcome.code == .partial { try output.finish() }
        return outcome.code
    }

    /// Returns the input of a run where it is shown above the result; without it, the result is shown alone.
    private func question(
        of result: TaskRunResult, _ client: ParallelClient, isOneOfSeveral: Bool
    ) async throws -> JSONValue? {
        guard !options.showsToolCalls, ResultView.showsQuestion(of: result, output, isOneOfSeveral: isOneOfSeveral)
        else { return nil }
        do {
            return try await client.input(result.run.id)["input"]
        } catch {
            try Task.checkCancellation()
            output.warn("run \(result.run.id): its question can't be shown: \(ErrorReport(error, context).message)")
            return nil
        }
    }
}
