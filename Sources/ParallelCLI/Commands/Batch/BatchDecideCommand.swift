import ParallelAPI
import ParallelBatch
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel batch decide`: asks the same questions about every row of a file, and writes the rows with the answers.
struct BatchDecideCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        /// How rows are read, selected and written, as `batch run` does.
        var rows = BatchRunOptions()
        var decision = DecisionOptions()

        var output: OutputOptions { rows.output }
        var needsOutputPlace: Bool { rows.needsOutputPlace }
        var writesJSON: Bool { rows.writesJSON }

        static let flags: [Flag<Options>] =
            DecisionOptions.flags.map { $0.embedded(at: \.decision) }
            + BatchRunOptions.flags.filter { sharedFlags.contains($0.spec.name) }.map { $0.embedded(at: \.rows) }
            + [
                Flag("dry-run", sendsNothing: true, summary: "Print the first request, send nothing") {
                    $0.rows.isDryRun = $1
                }
            ]

        /// The flags of `batch run` that mean the same here.
        private static let sharedFlags: Set<String> = Set(
            BatchReadingOptions.flags.map(\.spec.name) + ["column", "template", "limit", "sample"]
                + ["output", "format", "json", "force", "row-numbers", "excel-safe"]
                + ConnectionFlags.all.map(\.spec.name) + (OutputFlags.global() + OutputFlags.notice).map(\.spec.name))
    }

    static let name = "batch decide"

    static var command: Command {
        Command(
            summary: "Answer typed questions about every row of a file (preview)",
            description: """
                Asks the questions of 'decide' about each row of a CSV, TSV, JSON or JSON lines file, and writes the rows \
                with a column for each answer, one for its probability, and one for the sources. Rows that say the same \
                are asked about once. The row is the state; --column and --template choose what of it is sent.

                Every row is one request, and so has a price, which this version does not know: the command asks before \
                it sends any, and without a terminal needs --yes. With --output FILE, each answer is written to \
                FILE.decisions as it comes, and the same command goes on after an interruption or a failure without \
                paying for a row again; once all rows are decided, that file is removed, unless it has answers to other \
                rows or questions.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "FILE", .required, completion: .file, standardInput: .asDash,
                    summary: "CSV, TSV, a JSON array or JSON lines; - for standard input")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel batch decide companies.csv -o decided.csv --yes -Q 'open:boolean:Is it still in business?'",
                    "Add two columns to a table"),
                .init(
                    "parallel batch decide companies.csv --dry-run -Q 'size:choice:1-50|51-500|more:How large is it?'",
                    "See the first request"),
            ],
            check: { options, words throws(UsageError) in
                try options.rows.check(words)
                try options.decision.check()
            }, runs: Self.self)
    }

    /// A row that is written, by its place in the spool, with the name of what is asked about it.
    private struct Row: Sendable {
        let index: Int
        let place: Int
        /// Nil for a row without a request.
        var key: String?
        /// Why there is no request; nil for a blank row, too.
        var error: String?
        /// Whether an earlier row asks the same.
        var isRepeated = false
    }

    func run() async throws -> ExitCode {
        let settings = try APIConnection.settings(options.rows.connection, context, needsKey: !options.rows.isDryRun)
        let client = APIConnection.client(settings, isLogged: false, output, context)
        var request = try options.decision.complete(SourceText(context: context))
        // Only the addresses of sources are written.
        request.includesExcerpts = options.rows.layout.isRaw
        let spool = try RowSpool(temporaryDirectory: context.temporaryDirectory)
        var rowOptions = options.rows
        rowOptions.task.shape.choose(.auto, by: "--question")
        let reading = BatchRunCommand(options: rowOptions, output: output, context: context)
        let plan = try await reading.readPlan(TaskRunRequest(input: "row"), isNew: false, into: spool)

        if options.rows.isDryRun { return try await preview(request, plan, spool, client) }
        let file = try options.rows.layout.file.map(open)
        let journal = try journal()
        defer { if journal.isEmpty { journal.remove() } }
        var rows = try rows(of: plan, spool, request)
        var asked: Set<String> = []
        for index in rows.indices {
            guard let key = rows[index].key else { continue }
            rows[index].isRepeated = !asked.insert(key).inserted
        }
        let known = asked.count(where: journal.has)
        if known > 0 { output.note("\(counted(known, "answer")) of an earlier call \(known == 1 ? "is" : "are") used") }
        let key = try await approve(asked.count - known)
        let writer = DecisionRows(request.questions, options.rows.layout, plan.input, to: file ?? output)
        do {
            let code = try await decide(rows, asked, plan, spool, request, client, journal, writer)
            context.log?.became(key, "done")
            return code
        } catch {
            context.log?.became(key, ActivityLog.uncertain)
            throw error
        }
    }

    private func preview(
        _ request: DecisionRequest, _ plan: BatchPlan, _ spool: RowSpool, _ client: ParallelClient
    ) async throws -> ExitCode {
        let rows = try rows(of: plan, spool, request)
        guard let first = rows.first(where: { $0.key != nil }) else { return .success }
        let body = try Self.body(of: first, plan, spool, request)
        var preview = PreviewOptions()
        preview.isDryRun = true
        try RequestPreview.show(
            try await client.preview(of: .decide, body: body), body: body, preview,
            terms: "\(counted(Set(rows.compactMap(\.key)).count, "request")) would be made; \(DecisionOptions.price)",
            output, context)
        return .success
    }

    /// Puts so many decisions down in the log, and returns the key of the entry.
    private func approve(_ count: Int) async throws -> String? {
        guard count > 0 else { return nil }
        let spending = Spending(
            options: options.decision.spending, output: output, context: context,
            silence: options.rows.source == "-" ? "standard input has the rows" : nil)
        let estimate = "\(counted(count, "decision")): \(DecisionOptions.price)"
        try spending.checkMaximum(estimate, nil, unpriced: "a decision")
        try await spending.approve(estimate, nil)
        return try context.log?.begin(
            "decide", words: options.rows.source == "-" ? "" : options.rows.source, cost: nil,
            ["rows": .number(JSONNumber(count))])
    }

    // MARK: - Files

    /// Opens the file of the rows now, before anything is paid for.
    private func open(_ file: String) throws -> Output {
        var fileOptions = options.rows.output
        (fileOptions.file, fileOptions.replacesFile) = (file, options.rows.layout.replacesFile)
        fileOptions.takesAnyFileName = true
        do {
            return try Output(fileOptions, context)
        } catch let error as UsageError where error.hint != nil {
            let kept = UserFile.exists(context.filePath(file + ".decisions"))
            throw UsageError(
                error.message,
                hint: kept
                    ? "--force replaces it; the answers in \(file).decisions are not paid for again"
                    : "--force replaces it, and pays for every row again")
        }
    }

    private func journal() throws -> DecisionJournal {
        // No file stands beside a device.
        let name = options.rows.layout.file.flatMap { $0.begins(with: "/dev/") ? nil : $0 + ".decisions" }
        do {
            return try DecisionJournal(
                name.map(context.filePath), shown: name ?? "", temporaryDirectory: context.temporaryDirectory)
        } catch let error as FileError {
            throw UsageError("can't write \(name ?? error.path): \(error.reason)")
        }
    }

    // MARK: - Rows

    private func rows(of plan: BatchPlan, _ spool: RowSpool, _ request: DecisionRequest) throws -> [Row] {
        let places = try spool.places()
        let unsent = Dictionary(plan.input.unsentRows.map { ($0.row, $0) }) { first, _ in first }
        var rows: [Row] = []
        for (index, place) in places.enumerated() where plan.selection.contains(index) {
            try Task.checkCancellation()
            var row = Row(index: index, place: place)
            if let left = unsent[index] {
                row.error = left.cause.isFailure ? left.reason : nil
            } else {
                do {
                    row.key = DecisionJournal.key(of: try Self.body(of: row, plan, spool, request))
                } catch let error as InvalidRequest {
                    row.error = error.message
                }
            }
            rows.append(row)
        }
        return rows
    }

    /// Returns the body of the request about a row. Throws `InvalidRequest` if the API would refuse it.
    private static func body(
        of row: Row, _ plan: BatchPlan, _ spool: RowSpool, _ request: DecisionRequest
    ) throws -> JSONValue {
        var request = request
        request.state = try plan.rowInput.value(of: read(row, spool).read(), columns: plan.input.columns)
        try request.check()
        return request.json
    }

    private static func read(_ row: Row, _ spool: RowSpool) throws -> SpooledRow {
        var cursor = RowCursor()
        cursor.move(to: row.index, at: row.place)
        guard let spooled = try spool.next(&cursor) else { throw SpooledRow.Unreadable(index: row.index) }
        return spooled
    }

    // MARK: - Deciding

    /// The number of requests that are under way at once.
    private static let requestsAtOnce = 8

    /// The number of answers in a row that can't be read after which no more are paid for.
    private static let unreadableInARow = 3

    /// What went wrong so far.
    private struct Trouble {
        /// The errors by what was asked, for rows that ask the same.
        var errors: [String: String] = [:]
        /// The code of the first error.
        var code: ExitCode?
        /// What every further request would fail for, too.
        var obstacle: String?
        var unreadableInARow = 0
        /// Lines with the answers that can't be read.
        var unreadable: [UInt8] = []
    }

    /// Returns an answer as it came; one that is not JSON as a string.
    private static func answer(to body: JSONValue, _ client: ParallelClient) async throws -> JSONValue {
        do {
            return try await client.answer(to: .decide, body: body)
        } catch let error as UnexpectedAnswer where !error.received.isEmpty {
            return .string(String(decoding: error.received, as: UTF8.self))
        }
    }

    private func decide(
        _ rows: [Row], _ asked: Set<String>, _ plan: BatchPlan, _ spool: RowSpool, _ request: DecisionRequest,
        _ client: ParallelClient, _ journal: DecisionJournal, _ rowWriter: DecisionRows
    ) async throws -> ExitCode {
        var writer = rowWriter
        let progress = RunProgress(context: context, output: output, events: .none, status: "deciding")
        progress.count(of: rows.count)
        let trouble = Lock(Trouble())
        try writer.begin()
        let outcome = try await progress.shown { [context, output] in
            try await SeveralRuns.process(
                rows, atOnce: Self.requestsAtOnce, context, named: { "row \($0.index + 1)" }
            ) { row -> Row in
                defer { progress.countEnded() }
                guard let key = row.key, !row.isRepeated, !journal.has(key) else { return row }
                let isHopeless = trouble.withLock { trouble -> Bool in
                    if let obstacle = trouble.obstacle { trouble.errors[key] = obstacle }
                    return trouble.obstacle != nil
                }
                if isHopeless { return row }
                do {
                    let answer = try await Self.answer(to: Self.body(of: row, plan, spool, request), client)
                    do {
                        // It is paid for, whether it can be read or not.
                        try journal.add(answer, to: key)
                    } catch let error as FileError {
                        trouble.withLock { $0.obstacle = "the answers can't be kept: \(error.reason)" }
                        output.keep(answer.bytes(), "the answer about row \(row.index + 1)", fileExtension: "json")
                        throw error
                    }
                    let isReadable = DecisionResponse(answer)?.answersAny(of: request.questions) ?? false
                    trouble.withLock { trouble in
                        trouble.unreadableInARow = isReadable ? 0 : trouble.unreadableInARow + 1
                        if isReadable { return }
                        trouble.unreadable += answer.bytes() + [0x0A]
                        if trouble.code == nil { trouble.code = .unexpected }
                        if trouble.unreadableInARow == Self.unreadableInARow, trouble.obstacle == nil {
                            trouble.obstacle =
                                "nothing more was sent after \(Self.unreadableInARow) answers in a row that can't be read"
                        }
                    }
                } catch let error as FileError {
                    throw error
                } catch {
                    try Task.checkCancellation()
                    let report = ErrorReport(error, context)
                    let status = (error as? APIError)?.status ?? 0
                    let isUncertain = (error as? HTTPError)?.mayHaveBeenSent ?? (status >= 500)
                    trouble.withLock { trouble in
                        if trouble.code == nil { trouble.code = report.code }
                        trouble.errors[key] = report.message + (isUncertain ? "; it may be paid for" : "")
                        if [401, 402, 403].contains(status) { trouble.obstacle = report.message }
                    }
                }
                return row
            } onSuccess: { row in
                let answer = try row.key.flatMap { try journal.answer(to: $0) }
                var error = row.error
                if let answer {
                    if DecisionResponse(answer) == nil { error = UnexpectedAnswer.withoutAnswers.message }
                } else if let key = row.key {
                    error = trouble.withLock { $0.errors[key] }
                    // After an interruption, the row that asks the same may have no answer.
                    if error == nil, Task.isCancelled { return }
                }
                try writer.add(Self.read(row, spool), answer, error: error)
            }
        }
        let ended = trouble.withLock { $0 }
        if journal.name == nil, !options.rows.layout.isRaw, !ended.unreadable.isEmpty {
            output.keep(ended.unreadable, "what can't be read of the answers", fileExtension: "jsonl")
        }
        // Rows for people wait for the end; those that are paid for are shown now.
        if writer.isForPeople, outcome.code != .success || !outcome.unfinished.isEmpty {
            try writer.end()
            try output.finish()
        }
        guard outcome.unfinished.isEmpty else {
            let resumes: Hint? = journal.name.map { "the same command goes on; the answers so far are in \($0)" }
            throw Interrupted(
                "interrupted; \(outcome.unfinished.count.grouped) of \(counted(rows.count, "row")) have no answer yet",
                hints: [resumes].compactMap(\.self), context)
        }
        if outcome.code != .success { return outcome.code }
        /// Where answers that can't be read are, for a later version or a person.
        let kept: Hint? = journal.name.flatMap { name -> Hint? in
            if ended.unreadable.isEmpty { return nil }
            return "\(name) has the answers that can't be read as they came; without that file they are paid for again"
        }
        if let code = ended.code, writer.decided == 0 {
            let reason = ended.obstacle ?? ended.errors.values.first ?? UnexpectedAnswer.withoutAnswers.message
            throw ErrorReport(code, "no row could be decided: \(reason)", hints: [kept])
        }
        try writer.end()
        try output.finish()
        if writer.output !== output { try writer.output.finish() }
        guard writer.failed > 0 else {
            let others = journal.count(besides: asked)
            if others == 0 {
                journal.remove()
            } else if let name = journal.name {
                output.note("\(name) is kept: it has \(counted(others, "answer")) to other rows or questions")
            }
            output.note("\(counted(rows.count, "row")) decided")
            return .success
        }
        let again: Hint? = journal.name.map {
            "the same command with --force decides them again; the others are in \($0) and not paid for again"
        }
        let reason = ended.obstacle.map { ": " + $0 } ?? ""
        return output.conclude(
            .partial, "\(counted(rows.count - writer.failed, "row")) decided, \(writer.failed.grouped) failed\(reason)",
            [again, kept].compactMap(\.self), context)
    }
}
