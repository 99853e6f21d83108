import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Reads the question from the command line, a file, standard input, or the person at the terminal.
extension TaskRunCommand {
    /// Returns the request for the run.
    func request(apiKey: Secret?) async throws -> TaskRunRequest {
        var request = try await TaskRequest(task: options.task, output: output, context: context).make(
            input: try await input(), apiKey: apiKey, sendsNothing: options.preview.sendsNothing)
        if options.eventsFile != nil { request.enableEvents = true }
        if options.continuesLast { request.previousInteractionID = try newestRun() }
        return request
    }

    /// Returns the id by which a run goes on from the newest one.
    private func newestRun() throws -> String? {
        guard let log = context.log else { return nil }
        if !log.isOn {
            throw UsageError(
                "--continue: the log is off (\(context.rules.zeroRetention?.name ?? ActivityLog.variable)), which has the run to go on from",
                hint: "--continue-from ID names it")
        }
        let entry = try RecentIDs(log: log).newestRun()
        output.note("going on from \(entry.id ?? "")" + (entry.words.isEmpty ? "" : ": \(entry.words)"))
        return entry.interaction ?? entry.id
    }

    /// Where the question is read from; nil if the person at the terminal is asked for it.
    ///
    /// Without a question on the command line, it is what a pipe or a file on standard input holds.
    private var source: InputSource? {
        if options.hasInput { return options.input ?? options.inputJSON }
        return !context.readsStandardInput && context.streams.inputHoldsData ? .standardInput : nil
    }

    /// Whether there is a question without asking for it.
    var hasQuestion: Bool { source != nil }

    private func input() async throws -> JSONValue {
        let question = try await question()
        guard let source = options.text else { return question }
        guard let question = question.string else {
            throw UsageError("--context: the text goes under a question in words, and --input-json holds an object")
        }
        let text = try SourceText(context: context).text(of: source, for: "--context")
        if text.isBlank { throw UsageError("--context: \(source.name) is empty") }
        return .string("\(question)\n\n\(text)")
    }

    private func question() async throws -> JSONValue {
        let sources = SourceText(context: context)
        if let source = options.inputJSON {
            let value = try sources.json(of: source, for: "--input-json")
            guard value.object != nil || value.string != nil else {
                throw UsageError("--input-json: the input is \(value.typeName); the API takes an object or a string")
            }
            return value
        }
        guard let source else {
            let text = try await context.askForText("What should be researched? ")
            // As on the command line: the words @FILE alone are no question.
            return .string(text.begins(with: "@") ? try sources.text(of: InputSource(text), for: "INPUT") : text)
        }
        let text = try sources.text(of: source, for: "INPUT")
        if !options.hasInput, text.isBlank {
            throw UsageError("missing INPUT, and standard input is empty", hint: Self.waysToAsk)
        }
        return .string(text)
    }

    private static let waysToAsk: Hint =
        "give the question as an argument, as @FILE, or as - for standard input"

    /// Says that standard input was left alone, if something waits there: the person may have meant it.
    func tellOfUnreadInput() {
        guard options.hasInput, !context.readsStandardInput, context.streams.hasUnreadInput else { return }
        let reason =
            switch (options.inputJSON, options.text) {
            case (_?, _): "as --input-json gives the input"
            case (nil, _?): "as question and --context are given"
            case (nil, nil): "as there is a question; --context - puts it under the question"
            }
        output.note("note: standard input was not read, \(reason)")
    }

    /// Throws if there is no input and nobody can be asked for it.
    func requireInput() throws(UsageError) {
        guard !hasQuestion, !context.terminal.canPrompt else { return }
        throw UsageError("missing INPUT", hint: Self.waysToAsk)
    }
}
