import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Turns the options of a task into a request: reads files and standard input, looks MCP servers up, checks.
enum TaskRequest {
    static func make(
        _ options: TaskRunOptions, apiKey: Secret?, _ output: Output, _ context: Context
    ) throws -> TaskRunRequest {
        try make(
            options.task, input: try input(options, context), apiKey: apiKey,
            sendsNothing: options.isDryRun || options.printsCurl, output, context)
    }

    /// The request that asks `task` about `input`.
    ///
    /// - Parameter sendsNothing: whether it is only shown, so that no variable is expanded, and nobody asked.
    static func make(
        _ task: TaskOptions, input: JSONValue, apiKey: Secret?, sendsNothing: Bool, _ output: Output,
        _ context: Context
    ) throws -> TaskRunRequest {
        var request = TaskRunRequest(input: input)
        request.processor = task.processor
        request.outputSchema = try outputSchema(task.shape, context)
        request.inputSchema = try task.inputSchema.map { source in
            try wrapped(json(source, "--input-schema", context))
        }
        request.metadata = task.metadata
        request.sourcePolicy = task.sources.policy
        request.location = task.sources.location
        if !task.mcpNames.isEmpty || task.mcpConfigFile != nil {
            let notes: [Hint]
            (request.mcpServers, notes) = try servers(task, apiKey, sendsNothing: sendsNothing, context)
            for note in notes { output.note(note) }
        }
        request.enableEvents = task.shownEvents == .none ? nil : true
        request.webhookURL = task.webhookURL
        if let url = task.webhookURL { AddressMask.secrets(in: url).forEach(context.streams.secrets.hide) }
        request.previousInteractionID = task.previousInteractionID
        request.memoryScopeKey = task.memoryScopeKey
        request.extraBetas = task.betas
        try request.check()
        warn(of: request, output)
        warnOfServers(in: request, output, context)
        return request
    }

    private static func servers(
        _ task: TaskOptions, _ apiKey: Secret?, sendsNothing: Bool, _ context: Context
    ) throws -> (servers: [MCPServer], notes: [Hint]) {
        let registry = ServerRegistry(context)
        let file = task.mcpConfigFile.map(context.filePath)
        if sendsNothing { return try registry.previews(named: task.mcpNames, configFile: file, apiKey: apiKey) }
        let (connections, notes) = try registry.connections(
            named: task.mcpNames, configFile: file, apiKey: apiKey, for: .task)
        try ProjectTrust.settle(connections, isGiven: task.trustsProject, context)
        return (connections.map(\.server), notes)
    }

    /// What the sources of the API's rules disagree on is sent, with a word about it.
    private static func warn(of request: TaskRunRequest, _ output: Output) {
        if !request.sourcePolicy.includeDomains.isEmpty, !request.sourcePolicy.excludeDomains.isEmpty {
            output.warn("the API ignores --exclude-domain where --include-domain is given")
        }
        if request.sourcePolicy.afterDate != nil {
            output.warn("--after-date may have no effect on tasks; the API documents it for search")
        }
    }

    /// A run can end well and yet not have called what it should have; a part of that can be known before.
    private static func warnOfServers(in request: TaskRunRequest, _ output: Output, _ context: Context) {
        guard !request.mcpServers.isEmpty else { return }
        let processor = request.processor
        if Processor.makesOneToolCall(processor) {
            output.warn(
                "the processor '\(processor)' makes at most one tool call, whatever the number of MCP servers; "
                    + "others, such as base and pro, may make several")
        }
        for server in request.mcpServers {
            for header in server.headers {
                // A request that is only shown has its variables unexpanded.
                guard let value = try? VariableReference.expand(header.value.template, context.environment),
                    let expiry = BearerToken.expiry(ofHeader: value)
                else { continue }
                let now = context.now()
                let longest = Processor.longestUsualLatency(processor)
                let token = "MCP server '\(server.name)': the token in its header '\(header.name)'"
                if expiry <= now {
                    output.warn("\(token) has expired, so that the server will refuse it")
                } else if expiry - now < longest {
                    output.warn(
                        "\(token) expires in \(DurationText.describe(.seconds(expiry - now))), and a run on "
                            + "'\(processor)' can take \(DurationText.describe(.seconds(longest)))")
                }
            }
        }
    }

    // MARK: - Input

    private static func input(_ options: TaskRunOptions, _ context: Context) throws -> JSONValue {
        if let source = options.inputJSON {
            let value = try json(source, "--input-json", context)
            guard value.object != nil || value.string != nil else {
                throw UsageError("--input-json: the input is \(value.typeName); the API takes an object or a string")
            }
            return value
        }
        if let source = options.input { return .string(try text(source, "INPUT", context)) }
        return .string(try ask(context))
    }

    /// Refuses a command without input where nobody can be asked for it.
    static func requireInput(_ options: TaskRunOptions, _ context: Context) throws(UsageError) {
        guard options.input == nil, options.inputJSON == nil, !context.terminal.canPrompt else { return }
        throw UsageError(
            "missing INPUT", hint: "give the question as an argument, as @FILE, or as - for standard input")
    }

    private static func ask(_ context: Context) throws -> String {
        while true {
            switch try context.prompter.ask("What should be researched? ") {
            case .line(let text) where text.isBlank: continue
            case .line(let text): return text
            case .interrupted: throw Interrupted("interrupted; nothing was sent", context)
            case .endOfInput: throw UsageError("no input was given; nothing was sent")
            }
        }
    }

    /// The text of a source, without the one line end that a file or `echo` puts behind it.
    static func text(_ source: InputSource, _ flag: String, _ context: Context) throws -> String {
        do {
            let text = try read(source, context)
            if case .literal = source { return text }
            let end = text.ends(with: "\r\n") ? 2 : text.ends(with: "\n") || text.ends(with: "\r") ? 1 : 0
            return String(text[..<text.utf8.index(text.endIndex, offsetBy: -end)])
        } catch let error as FileError {
            throw UsageError(
                "\(flag): can't read \(error.path): \(error.reason)",
                hint: ["INPUT", "INTENT"].contains(flag)
                    ? "text that begins with @ can be given through standard input, as -" : nil)
        }
    }

    private static func read(_ source: InputSource, _ context: Context) throws -> String {
        var source = source
        if case .file(let path) = source { source = .file(context.filePath(path)) }
        return try source.text { try context.streams.readAll(upTo: UserFile.limit) }
    }

    static func json(_ source: InputSource, _ flag: String, _ context: Context) throws -> JSONValue {
        let text = try text(source, flag, context)
        do {
            return try JSONValue.parse(text)
        } catch {
            throw UsageError("\(flag): \(source.name) is not JSON: \(error)")
        }
    }

    // MARK: - Schemas

    /// The API's form of the schema that the flags ask for; nil where they say nothing.
    static func outputSchema(_ options: ShapeOptions, _ context: Context) throws -> JSONValue? {
        if !options.fields.isEmpty { return wrapped(FieldFlag.schema(of: options.fields)) }
        switch options.shape {
        case .schema(let source): return wrapped(try json(source, "--output-schema", context))
        case .text(let description): return ["type": "text", "description": .string(description)]
        case .auto: return ["type": "auto"]
        case nil: return nil
        }
    }

    /// The API's form of a schema: a bare JSON Schema goes under `json_schema`; a string stays, it means text.
    static func wrapped(_ schema: JSONValue) -> JSONValue {
        if schema.string != nil || schema["json_schema"] != nil { return schema }
        if let type = schema["type"]?.string, ["text", "auto"].contains(type) { return schema }
        return ["type": "json", "json_schema": schema]
    }
}
