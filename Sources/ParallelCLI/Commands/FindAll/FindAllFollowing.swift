import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The options of commands that wait for a FindAll run and print what it has found.
struct FindAllFollowOptions: Sendable {
    var showsBasis = false
    var showsAll = false
    var showsEvents = false
    var wait = WaitOptions()
    var connection = ConnectionOptions()

    static let flags: [Flag<FindAllFollowOptions>] =
        [
            Flag("basis", summary: "Show reasoning and citations with their excerpts") { $0.showsBasis = $1 },
            Flag(
                "all-candidates", summary: "Show what did not match, too",
                details: "With --json, all candidates are there anyway."
            ) { $0.showsAll = $1 },
            Flag("events", summary: "Show a line for each candidate while waiting") { $0.showsEvents = $1 },
        ]
        + WaitFlags.all.map { $0.embedded(at: \.wait) }
        + ConnectionFlags.all.map { $0.embedded(at: \.connection) }

    /// The command that waits for the run again.
    func resume(_ output: OutputOptions) -> ResumeCommand {
        ResumeCommand(
            output: output, connection: connection, showsBasis: showsBasis, command: ["findall", "result"],
            flags: showsAll ? ["--all-candidates"] : [])
    }
}

/// Waits for a FindAll run, and prints what it has found.
struct FindAllFollowing {
    let options: FindAllFollowOptions
    let client: ParallelClient
    let output: Output
    let context: Context

    private var resume: ResumeCommand { options.resume(output.options) }

    /// Waits for the run and prints its result. If the run has failed, prints what it had found and throws.
    ///
    /// - Parameters:
    ///   - limit: how long to wait; nil means as long as it takes.
    ///   - isKnown: whether the run certainly exists.
    func conclude(_ id: String, within limit: Duration?, isKnown: Bool, title: String? = nil) async throws {
        let result = try await wait(for: id, within: limit, isKnown: isKnown)
        try write(result, title: title)
        try Self.check(result.run)
    }

    /// Prints a result, and on standard error how the run has ended.
    func write(_ result: FindAllResult, title: String? = nil) throws {
        try resume.guarding([result.run.id], context) {
            try FindAllView(output: output, showsBasis: options.showsBasis, showsAll: options.showsAll)
                .write(result, title: title)
            try output.finish()
        }
        output.note(Self.summary(of: result))
        if result.run.reason == "low_match_rate" {
            output.note("other conditions or a larger generator may find more")
        }
    }

    private func wait(for id: String, within limit: Duration?, isKnown: Bool) async throws -> FindAllResult {
        let progress = RunProgress(context: context, output: output, events: .none)
        let run = ActiveFindAll(id: id, client: client, clock: context.clock) { run in
            progress.update(status: run.status.rawValue, message: run.progress)
        }
        return try await ResumableWait.perform(
            interrupted: "interrupted; FindAll run \(id) continues", hints: { resume.hints(for: [id], context) },
            context, unless: { !isKnown && ($0 as? APIError)?.status == 404 }
        ) {
            try await progress.shown {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    defer { group.cancelAll() }
                    if options.showsEvents {
                        // The result does not depend on the events, so their errors are ignored.
                        group.addTask { try? await run.events { noteEvent($0) } }
                    }
                    return try await LongRunningWait(clock: context.clock).outcome(
                        of: run, within: limit, isKnown: isKnown)
                }
            }
        }
    }

    private func noteEvent(_ event: FindAllEvent) {
        guard let candidate = event.candidate else { return }
        let kind = event.type.dropping(bytes: "findall.candidate.".utf8.count)
        output.note("\(kind): \(output.secrets.shortened("\(candidate.name) \(candidate.url)"))")
    }

    /// Throws if the run has not ended well.
    static func check(_ run: FindAllRun) throws {
        guard run.hasFailed else { return }
        let isSaid = run.reason == "user_cancelled" && run.status == .cancelled
        let reason = isSaid ? "" : run.reason.map { ": \(words(for: $0))" } ?? ""
        throw ErrorReport(.runFailed, "FindAll run \(run.id) \(run.status.rawValue.shortened(to: 200))\(reason)")
    }

    private static func summary(of result: FindAllResult) -> String {
        let matched = result.candidates.count(where: \.isMatched)
        let looked = max(result.run.generated ?? 0, result.candidates.count)
        let found = FindAllRun.progress(matches: matched, candidates: looked)
        if result.run.isActive { return "\(found) so far; the run is \(result.run.status.rawValue.shortened(to: 200))" }
        return found + (result.run.reason.map { "; \(words(for: $0))" } ?? "")
    }

    /// Says why a run has ended.
    private static func words(for reason: String) -> String {
        switch reason {
        case "match_limit_met": "the match limit was reached"
        case "candidates_exhausted": "there were no further candidates"
        case "low_match_rate": "it stopped because too few candidates matched"
        case "timeout": "it ran out of time, so there may be more"
        case "insufficient_funds": "the account ran out of credit"
        case "user_cancelled": "it was cancelled"
        case "error_occurred": "an error occurred"
        default: reason.shortened(to: 200)
        }
    }
}
