import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The question of `task run`: from the command line, a file, standard input, or the person at the terminal.
enum RunQuestion {
    static func request(
        _ options: TaskRunOptions, apiKey: Secret?, _ output: Output, _ context: Context
    ) async throws -> TaskRunRequest {
        try await TaskRequest.make(
            options.task, input: try await input(options, context), apiKey: apiKey,
            sendsNothing: options.isDryRun || options.printsCurl, output, context)
    }

    private static func input(_ options: TaskRunOptions, _ context: Context) async throws -> JSONValue {
        if let source = options.inputJSON {
            let value = try SourceText.json(source, "--input-json", context)
            guard value.object != nil || value.string != nil else {
                throw UsageError("--input-json: the input is \(value.typeName); the API takes an object or a string")
            }
            return value
        }
        if let source = options.input { return .string(try SourceText.text(source, "INPUT", context)) }
        return .string(try await ask(context))
    }

    /// Refuses a command without input where nobody can be asked for it.
    static func require(_ options: TaskRunOptions, _ context: Context) throws(UsageError) {
        guard options.input == nil, options.inputJSON == nil, !context.terminal.canPrompt else { return }
        throw UsageError(
            "missing INPUT", hint: "give the question as an argument, as @FILE, or as - for standard input")
    }

    private static func ask(_ context: Context) async throws -> String {
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
