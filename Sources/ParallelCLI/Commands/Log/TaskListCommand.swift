import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The options of the commands that list what this machine has started.
struct LogListOptions: CommandOptions {
    /// What is listed; nil for everything.
    var kind: String? = "run"
    var status: String?
    var since: SinceText?
    var limit: Int?
    var profile: String?
    var output = OutputOptions()

    static let kinds = [
        "run", "group", "findall", "monitor", "search", "extract", "images", "places", "entities", "chat", "respond",
        "decide",
    ]

    static let kindFlag = Flag<LogListOptions>(
        "kind", value: FlagSpec.Value("KIND", completion: .words(kinds + ["all"])),
        summary: "List these: run (default), group, findall, search, all, …",
        details: "One of \(kinds.joined(separator: ", ")) and all."
    ) { options, text throws(InvalidValue) in
        guard (kinds + ["all"]).contains(where: text.isExactly) else {
            throw ChoiceText.unknown(text, among: kinds + ["all"])
        }
        options.kind = text == "all" ? nil : text
    }

    static let flags: [Flag<LogListOptions>] =
        [
            Flag(
                "status", value: FlagSpec.Value("STATUS"), summary: "List only what has this status",
                details: "As the API last told it here, such as completed, failed or queued; refused; or 'may exist', "
                    + "where no answer has come."
            ) { options, text throws(InvalidValue) in options.status = try FilledText.parse(text) },
            SinceText.flag("List only what was started since then").embedded(at: \.since),
            Flag("limit", short: "n", value: FlagSpec.Value("N"), summary: "List at most N entries (default 50)") {
                options, text throws(InvalidValue) in options.limit = try NumberText.positive(text)
            },
            ConnectionFlags.loggedProfile.embedded(at: \.profile),
        ] + OutputFlags.data().map { $0.embedded(at: \.output) }
}

/// `parallel task list` and `parallel batch list`: what this machine has started.
struct LogList {
    let options: LogListOptions
    let output: Output
    let context: Context

    static let description = """
        Lists what commands of this machine have started, the newest first, from its own log and without the network. \
        Where an id stands in a command, @last is the newest of its kind and @2 the second newest: the numbers of this \
        list. The status is the last that a command here has seen, the cost the most that it can be at list prices. \
        --format text prints the ids alone.
        """

    func run() async throws -> ExitCode {
        guard let log = context.log else { return .success }
        let entries = try log.entries()
        let first = options.since?.start(context)
        let found = RecentIDs.numbered(entries, of: options.kind).filter { _, entry, _ in
            (options.status.map { entry.status.isExactly($0) } ?? true) && entry.isOf(profile: options.profile)
                && (first.map { entry.time >= $0 } ?? true)
        }
        let shown = found.prefix(options.limit ?? 50)
        try write(Array(shown))
        try output.finish()
        if shown.isEmpty { output.note("the log of this machine has none\(entries.isEmpty ? " yet" : " of these")") }
        if !log.isOn { output.note("the log is off (\(context.rules.zeroRetention?.name ?? ActivityLog.variable))") }
        if shown.count < found.count { output.note("there are \(found.count.grouped); --limit N lists more") }
        let open = shown.count { $0.entry.mayExist && $0.entry.id == nil }
        if open > 0 {
            output.note(
                "\(open.grouped) may exist: no answer has come, and it may cost; look at https://platform.parallel.ai "
                    + "before asking again, which would cost a second time")
        }
        return .success
    }

    private func write(_ found: [(number: Int?, entry: ActivityEntry, cost: Int?)]) throws {
        switch output.format {
        case .json: try output.write(document: .array(found.map(Self.json)))
        case .jsonl: for entry in found { try output.write(document: Self.json(entry), isOnly: false) }
        case .text: for case let id? in found.map(\.entry.id) { try output.write(networkText: id) }
        case .table, .csv, .tsv, .markdown, .html:
            let columns = columns
            let rows = found.map { found in columns.map { cell($0.heading.plainText, found) } }
            try output.write(table: Document.Table(columns: columns, rows: rows))
        }
    }

    /// The columns that there is room for: on a terminal, each row is to stay on one line.
    private var columns: [Document.Column] {
        let isOfGroups = options.kind == "group"
        let all: [(column: Document.Column, least: Int)] =
            [
                (.init(options.kind == nil ? "kind" : "number"), 0), (.init("id", .identifier), 0),
                (.init("when", .time), 100),
                (.init("processor"), 120), (.init("cost"), 120), (.init("status", .status), 0),
            ] + (isOfGroups ? [(.init("rows", .number), 100), (.init("output"), 80)] : [])
            + [(.init("words"), isOfGroups ? 140 : 72)]
        return all.filter { !output.isLaidOut || output.columns >= $0.least }.map(\.column)
    }

    private func cell(_ name: String, _ found: (number: Int?, entry: ActivityEntry, cost: Int?)) -> [Document.Inline] {
        let entry = found.entry
        func text(_ text: String?) -> [Document.Inline] { [.text(text ?? "")] }
        /// What is left of a line on which an id, a number and a status stand.
        let room = max(12, output.columns - (output.columns < 100 ? 62 : output.columns < 120 ? 80 : 102))
        switch name {
        case "kind": return text(entry.kind)
        case "number": return text(found.number.map(String.init))
        case "id": return text(entry.id)
        case "when": return [.time(TimeText.exact(entry.time) ?? "", seconds: entry.time)]
        case "processor": return text(entry.processor)
        case "cost": return text(Self.text(found.cost))
        case "status": return [.mark(.status(entry.status))]
        case "rows": return text(entry.rows?.grouped)
        case "output":
            // Its folder would leave no room for the rest.
            return text(output.isLaidOut ? entry.output?.parts(between: "/").last.map(String.init) : entry.output)
        default: return text(output.isLaidOut ? entry.words.truncated(toWidth: room) : entry.words)
        }
    }

    /// The cost for people: `$0.025`; nothing where nobody can say.
    static func text(_ cost: Int?) -> String { cost.map { Cost(micro: $0).text } ?? "" }

    private static func json(_ found: (number: Int?, entry: ActivityEntry, cost: Int?)) -> JSONValue {
        let entry = found.entry
        var members: JSONObject = [
            "number": found.number.map { .number(JSONNumber($0)) } ?? .null, "kind": .string(entry.kind),
            "id": entry.id.map(JSONValue.string) ?? .null, "time": .string(TimeText.internet(entry.time)),
            "command": .string(entry.command), "processor": entry.processor.isEmpty ? .null : .string(entry.processor),
            "cost_usd": SpendCommand.usd(found.cost), "status": .string(entry.status), "words": .string(entry.words),
        ]
        if entry.kind == "group" {
            members["rows"] = entry.rows.map { .number(JSONNumber($0)) } ?? .null
            members["output"] = entry.output.map(JSONValue.string) ?? .null
        }
        return .object(members)
    }
}

struct TaskListCommand: RunnableCommand {
    let options: LogListOptions
    let output: Output
    let context: Context

    static let name = "task list"

    static var command: Command {
        Command(
            summary: "List the runs that this machine has started",
            description: LogList.description, defaults: LogListOptions(),
            flags: [LogListOptions.kindFlag] + LogListOptions.flags,
            examples: [
                .init("parallel task list", "The newest runs, with the numbers that stand for their ids"),
                .init("parallel task list --kind all --since 24h", "Everything of the last day, searches too"),
            ],
            check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        try await LogList(options: options, output: output, context: context).run()
    }
}

struct BatchListCommand: RunnableCommand {
    let options: LogListOptions
    let output: Output
    let context: Context

    static let name = "batch list"

    private static var defaults: LogListOptions {
        var options = LogListOptions()
        options.kind = "group"
        return options
    }

    static var command: Command {
        Command(
            summary: "List the batches that this machine has started",
            description: LogList.description, defaults: defaults, flags: LogListOptions.flags,
            examples: [.init("parallel batch list", "The newest batches and groups")],
            check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        try await LogList(options: options, output: output, context: context).run()
    }
}
