import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel decide`: typed answers to questions about one thing, from evidence on the web.
struct DecideCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var state: InputSource?
        var stateJSON: InputSource?
        var decision = DecisionOptions()
        /// The least probability or score of a question for a plain yes.
        var thresholds: [(name: String, least: Double)] = []
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "input-json", value: FlagSpec.Value("JSON", completion: .atFile),
                    summary: "The state as JSON: JSON, @FILE or - for standard input"
                ) { $0.stateJSON = InputSource($1) },
                Flag(
                    "threshold", value: FlagSpec.Value("NAME=N", isAssignment: true), isRepeatable: true,
                    summary: "Exit 0 if the answer to NAME is at least N, else 1",
                    details:
                        "N is a probability from 0 to 1, or for a score a level counted from 0. Given several times, all must "
                        + "hold. Any error has an exit code of 2 or more; a question that is refused counts as one, with 6."
                ) { options, text throws(InvalidValue) in options.thresholds.append(try threshold(text)) },
                Flag("excerpts", isOnByDefault: true, summary: "Have excerpts of the sources sent (default)") {
                    $0.decision.request.includesExcerpts = $1
                },
            ] + DecisionOptions.flags.map { $0.embedded(at: \.decision) }
            + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }

        private static func threshold(_ text: String) throws(InvalidValue) -> (name: String, least: Double) {
            guard let place = text.lastPlace(of: "="), place > text.startIndex,
                let least = Double(text.halves(around: place).1), least.isFinite, least >= 0
            else { throw InvalidValue("'\(text)' is no threshold such as open=0.8") }
            return (String(text[..<place]), least)
        }
    }

    static let name = "decide"

    static var command: Command {
        Command(
            summary: "Answer typed questions about something from the web (preview)",
            description: """
                Asks up to 100 questions about one thing, the state, and prints an answer of its type to each: a \
                probability, one of several options, or a score. All questions share one set of evidence, so ask \
                together what is about the same thing. With --threshold, the exit code says whether it is so.

                This is a preview: the API's own description of it is incomplete, so that requests may be refused. A \
                request has one price, whatever the number of questions; it is not known to this version. So --max-cost \
                refuses, and --confirm-above below its default asks.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "STATE", .optional, completion: .atFile,
                    summary: "what is asked about: text, @FILE, or - for standard input")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel decide 'Example Ltd, example.com' -Q 'open:boolean:Is it still in business?'",
                    "A probability"),
                .init(
                    "parallel decide --input-json @company.json -Q 'size:choice:1-10|11-50|51-500|more:How large is it?' -Q 'fit:score:poor|fair|good:How well does it fit a tool for accountants?'",
                    "One of several options, and a score"),
                .init(
                    "parallel decide -q 'Intel' -Q 'open:boolean:Is it in business?' --threshold open=0 >/dev/null && echo yes",
                    "In a script"),
            ],
            check: { options, words throws(UsageError) in try check(&options, words) }, runs: Self.self)
    }

    private static func check(_ options: inout Options, _ words: [String]) throws(UsageError) {
        try options.preview.check(&options.output)
        if let word = words.first { options.state = InputSource(word) }
        if options.state != nil, options.stateJSON != nil {
            throw UsageError("STATE and --input-json exclude each other")
        }
        if options.state == nil, options.stateJSON == nil {
            throw UsageError("missing STATE", hint: "say what the questions are about, or give it with --input-json")
        }
        try options.decision.check()
        if options.decision.questionsFile == nil { try checkThresholds(options, options.decision.request.questions) }
    }

    private static func checkThresholds(_ options: Options, _ questions: [DecisionQuestion]) throws(UsageError) {
        for (name, least) in options.thresholds {
            guard let question = questions.first(where: { $0.name.isExactly(name) }) else {
                throw UsageError("--threshold: there is no question '\(name)'")
            }
            switch question.kind {
            case .choice: throw UsageError("--threshold: '\(name)' is a choice, which has no measure")
            case .boolean where least > 1:
                throw UsageError("--threshold: the probability of '\(name)' goes from 0 to 1")
            case .score where least > Double(question.criteria.count - 1):
                throw UsageError("--threshold: the levels of '\(name)' are 0 to \(question.criteria.count - 1)")
            case .boolean, .score: break
            }
        }
    }

    func run() async throws -> ExitCode {
        guard !options.thresholds.isEmpty, !options.preview.sendsNothing else { return try await decide() }
        do {
            return try await decide()
        } catch {
            // 1 is a plain no.
            var report = ErrorReport(error, context)
            if report.code == .unexpected {
                report = ErrorReport(.runFailed, report.message, hints: report.hints)
            }
            throw report
        }
    }

    private static let effect = Effect(
        work: "it was being decided",
        uncertain: ["it may be paid for all the same; it was not sent again, since a second time would cost money too"],
        nothing: "nothing was decided")

    private func decide() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        let sources = SourceText(context: context)
        var request = try options.decision.complete(sources)
        try Self.checkThresholds(options, request.questions)
        if let source = options.stateJSON {
            request.state = try sources.json(of: source, for: "--input-json")
        } else if let source = options.state {
            request.state = .string(try sources.text(of: source, for: "STATE"))
        }
        try request.check()
        let call = APICall(
            endpoint: .decide, body: request.json, terms: DecisionOptions.price, status: "deciding",
            effect: Self.effect)
        if try await call.isShown(options.preview, client, output, context) { return .success }
        try await Spending(options: options.decision.spending, output: output, context: context)
            .approveOne(of: DecisionOptions.price, nil, unpriced: "a decision")
        let answer = try await call.send(client, output, context)
        guard let response = DecisionResponse(answer) else {
            output.keep(answer.bytes(), "the answer", fileExtension: "json")
            throw UnexpectedAnswer.withoutAnswers
        }
        do {
            try DecisionView(output: output).write(response, request.questions)
            try output.finish()
        } catch StreamError.closedPipe where !options.thresholds.isEmpty {
            // Nobody reads the answers, but the exit code is waited for.
        }
        return try verdict(on: response, request.questions)
    }

    /// Returns whether the answers reach all thresholds. Throws if one that has a threshold was refused.
    private func verdict(on response: DecisionResponse, _ questions: [DecisionQuestion]) throws -> ExitCode {
        var verdict = ExitCode.success
        for (name, least) in options.thresholds {
            guard let question = questions.first(where: { $0.name.isExactly(name) }) else { continue }
            let answer = response.answer(to: question)
            guard let measure = answer.measure else {
                throw ErrorReport(.runFailed, "'\(name)' has no answer: \(output.said(answer.refusal ?? ""))")
            }
            if measure < least { verdict = .unexpected }
        }
        return verdict
    }
}
