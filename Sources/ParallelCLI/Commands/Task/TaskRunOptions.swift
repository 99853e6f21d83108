import ParallelCore

/// What the flags of `task run` say, as typed; files and standard input are read later.
struct TaskRunOptions: Sendable {
    /// Ways to say what the output should look like; at most one may be chosen.
    enum OutputShape: Sendable {
        case schema(InputSource)
        case text(String)
        case auto
    }

    var input: InputSource?
    var inputJSON: InputSource?
    var processor = "base"
    var shape: OutputShape? { shapes.last?.shape }
    var fields: [FieldFlag] = []
    var inputSchema: InputSource?
    var mcpNames: [String] = []
    var mcpConfigFile: String?
    var trustsProject = false
    var sources = SourceOptions()
    var metadata: [(key: String, value: String)] = []
    var webhookURL: String?
    /// Nil where nothing was said of events.
    var events: Bool?
    var previousInteractionID: String?
    var memoryScopeKey: String?
    var betas: [String] = []
    var doesNotWait = false
    var isDryRun = false
    var printsCurl = false
    var showsBasis = false
    var wait = WaitOptions()
    var connection = ConnectionOptions()
    var output = OutputOptions()

    /// Which events are shown while the run is waited for: tool calls wherever there are servers to call.
    ///
    /// What is to be shown must be recorded, so this also decides whether the API is asked for events.
    var shownEvents: ShownEvents {
        switch events {
        case true?: .all
        case false?: .none
        case nil: mcpNames.isEmpty && mcpConfigFile == nil ? .none : .toolCalls
        }
    }

    /// What the flags that choose the output's shape say, each flag once.
    private var shapes: [(flag: String, shape: OutputShape)] = []

    mutating func choose(_ shape: OutputShape, by flag: String) {
        takeBack(flag)
        shapes.append((flag, shape))
    }

    /// Forgets a choice; one made by another flag stays.
    mutating func takeBack(_ flag: String) {
        shapes.removeAll { $0.flag == flag }
    }

    /// Settles what must hold between flags and words.
    mutating func check(_ words: [String]) throws(UsageError) {
        if let word = words.first { input = InputSource(word) }
        if input != nil, inputJSON != nil { throw UsageError("INPUT and --input-json exclude each other") }
        let shapes = self.shapes.map(\.flag) + (fields.isEmpty ? [] : ["--field"])
        if shapes.count > 1 { throw UsageError("\(shapes.joined(separator: " and ")) exclude each other") }
        for (index, field) in fields.enumerated() where fields[..<index].contains(where: { $0.name == field.name }) {
            throw UsageError("--field: '\(field.name)' is given twice")
        }
        if isDryRun, printsCurl { throw UsageError("--dry-run and --curl exclude each other") }
        let outputSchema: InputSource? = if case .schema(let source) = shape { source } else { nil }
        let readers = [input, inputJSON, inputSchema, outputSchema].count { $0 == .standardInput }
        if readers > 1 { throw UsageError("only one of the inputs can be read from standard input") }
    }
}

extension TaskRunOptions {
    static let flags: [Flag<TaskRunOptions>] =
        inputFlags + shapeFlags + mcpFlags + SourceFlags.all.map { $0.embedded(at: \.sources) } + contextFlags
        + runFlags + WaitFlags.all.map { $0.embedded(at: \.wait) }
        + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
        + OutputFlags.data().map { $0.embedded(at: \.output) }

    private static let inputFlags: [Flag<TaskRunOptions>] = [
        Flag(
            "processor", short: "p", value: FlagSpec.Value("NAME", completion: .words(Processor.known)),
            summary: "Processor to run the task on (default base)",
            details: "From quick and cheap to deep: \(Processor.standard.joined(separator: ", ")); "
                + "each also as NAME-fast. A name that this version does not know is left to the API."
        ) { options, text throws(InvalidValue) in
            if text.isEmpty { throw InvalidValue("the name is empty") }
            options.processor = text
        },
        Flag(
            "input-json", value: FlagSpec.Value("JSON", completion: .atFile),
            summary: "Structured input: JSON, @FILE or - for standard input"
        ) { $0.inputJSON = InputSource($1) },
        Flag(
            "input-schema", value: FlagSpec.Value("JSON", completion: .atFile),
            summary: "JSON Schema of the input: JSON, @FILE or -"
        ) { $0.inputSchema = InputSource($1) },
    ]

    private static let shapeFlags: [Flag<TaskRunOptions>] = [
        Flag(
            "output-schema", value: FlagSpec.Value("JSON", completion: .atFile),
            summary: "JSON Schema of the output: JSON, @FILE or -",
            details: "A bare JSON Schema, or the API's form {\"type\": \"json\", \"json_schema\": …}."
        ) { $0.choose(.schema(InputSource($1)), by: "--output-schema") },
        Flag(
            "field", value: FlagSpec.Value("NAME[:TYPE]=DESCRIPTION"), isRepeatable: true,
            summary: "A field of the output (repeatable)",
            details: "TYPE is string (the default), number, integer, boolean or string[]. The fields make a schema in "
                + "the order given, all of them required and no others allowed."
        ) { options, text throws(InvalidValue) in options.fields.append(try FieldFlag(text)) },
        Flag(
            "output-text", value: FlagSpec.Value("DESCRIPTION"), summary: "Ask for text, described like this"
        ) { $0.choose(.text($1), by: "--output-text") },
        Flag("output-auto", summary: "Let the processor choose the output's shape") { options, isOn in
            if isOn { options.choose(.auto, by: "--output-auto") } else { options.takeBack("--output-auto") }
        },
    ]

    private static let mcpFlags: [Flag<TaskRunOptions>] = [
        Flag(
            "mcp", value: FlagSpec.Value("NAME", completion: .mcpServers), isRepeatable: true,
            summary: "Let the run call this MCP server (repeatable)",
            details:
                "A name from 'mcp list', at most 10. Its variables are replaced now, and its headers go to Parallel, "
                + "which calls the server."
        ) { $0.mcpNames.append($1) },
        Flag(
            "mcp-config", value: FlagSpec.Value("FILE", completion: .file),
            summary: "Let the run call every server of this mcpServers file"
        ) { $0.mcpConfigFile = $1 },
        ProjectTrust.flag.embedded(at: \.trustsProject),
    ]

    private static let contextFlags: [Flag<TaskRunOptions>] = [
        Flag(
            "metadata", value: FlagSpec.Value("KEY=VALUE"), isRepeatable: true,
            summary: "Store KEY=VALUE with the run (repeatable)",
            details: "Keys have at most 16 characters, values 512."
        ) { options, text throws(InvalidValue) in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw InvalidValue("'\(text)' is not KEY=VALUE")
            }
            let key = String(text[..<equals])
            if options.metadata.contains(where: { $0.key == key }) { throw InvalidValue("'\(key)' is given twice") }
            options.metadata.append((key, String(text[text.index(after: equals)...])))
        },
        Flag(
            "webhook", value: FlagSpec.Value("URL"), summary: "Have the API call URL when the run ends"
        ) { options, text throws(InvalidValue) in
            if let fault = WebhookURL.fault(in: text) { throw InvalidValue(fault) }
            options.webhookURL = text
        },
        Flag(
            "previous-interaction-id", value: FlagSpec.Value("ID"), summary: "Go on from an earlier run or interaction"
        ) { $0.previousInteractionID = $1 },
        Flag(
            "memory-scope-key", value: FlagSpec.Value("KEY"), summary: "Use and update the memory kept under KEY"
        ) { $0.memoryScopeKey = $1 },
        Flag(
            "beta", value: FlagSpec.Value("VALUE"), isRepeatable: true,
            summary: "Add VALUE to the parallel-beta header (repeatable)",
            details: "The values that the other flags need are sent anyway."
        ) { options, text throws(InvalidValue) in
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }) else {
                throw InvalidValue("'\(text)' is no single word")
            }
            options.betas.append(text)
        },
    ]

    private static let runFlags: [Flag<TaskRunOptions>] = [
        Flag(
            "events", summary: "Record progress events and show them while waiting",
            details:
                "Processors from pro upwards record them anyway; it can't be switched on later. With MCP servers they "
                + "are recorded in any case, and tool calls shown, unless --no-events is given."
        ) { $0.events = $1 },
        Flag("basis", summary: "Show reasoning and citations with their excerpts") { $0.showsBasis = $1 },
        Flag("no-wait", summary: "Print the run id on standard output and leave") { $0.doesNotWait = $1 },
        Flag("dry-run", summary: "Print the request as JSON, secrets masked; send nothing") { $0.isDryRun = $1 },
        Flag(
            "curl", summary: "Print the request as a curl command; send nothing",
            details: "The command reads $PARALLEL_API_KEY and the variables of MCP servers; the key is not in it."
        ) { $0.printsCurl = $1 },
    ]
}
