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
            input: try await input(), apiKey: apiKey, sendsNothing: options.sendsNothing)
        if options.eventsFile != nil { request.enableEvents = true }
        return request
    }

    private func input() async throws -> JSONValue {
        let sources = SourceText(context: context)
        if let source = options.inputJSON {
            let value = try sources.json(of: source, for: "--input-json")
            guard value.object != nil || value.string != nil else {
                throw UsageError("--input-json: the input is \(value.typeName); the API takes an object or a string")
            }
            return value
        }
        if let source = options.input { return .string(try sources.text(of: source, for: "INPUT")) }
        return .string(try await ask())
    }

    /// Throws if there is no input and nobody can be asked for it.
    func requireInput() throws(UsageError) {
        guard !options.hasInput, !context.terminal.canPrompt else { return }
        throw UsageError(
            "missing INPUT", hint: "give the question as an argument, as @FILE, or as - for standard input")
    }

    private func ask() async throws -> String {
        while true {
            switch try await context.ask("What should be researched? ") {
            case .line(let text) where text.isBlank: continue
            case .line(let text): return text
            case .interrupted: throw Interrupted("interrupted; nothing was sent", context)
            case .endOfInput: throw UsageError("no input was given; nothing was sent")
            }
        }
    }
}
