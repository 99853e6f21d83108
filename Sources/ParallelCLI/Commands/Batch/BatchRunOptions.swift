import ParallelAPI
import ParallelBatch
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The options of `batch run`, as typed.
struct BatchRunOptions: CommandOptions {
    /// The name of the input, or `-` for standard input.
    var source = ""
    var reading = BatchReadingOptions()
    /// The file for lines that can't be read.
    var badRowsFile: String?
    var columns: [String] = []
    var template: Template?
    /// Whether equal rows share a run.
    var joinsEqualRows = false
    var task = TaskOptions()

    var limit: Int?
    var sample: Int?
    var shard: Shard?
    var retriesFailed = false
    var addsNew = false
    /// The output of an earlier batch, whose results are taken over by rows that ask the same.
    var previous: String?
    /// Which rows are run again by their results.
    var condition: RowCondition?
    /// Whether rows are run once more that the same condition chose before.
    var repeatsRows = false
    var spending = SpendingOptions()
    /// Asked before rows are run for their probable cost, besides the person; throws to refuse.
    var approves: (@Sendable (CostEstimate) throws -> Void)?
    var rate: RateLimit?
    var isDryRun = false

    var doesNotWait = false
    /// The time limit of the wait; nil means none.
    var timeout: Duration?
    var isUnordered = false
    var showsPlainProgress = false
    var stateFile: String?
    var layout = BatchLayoutOptions()
    var connection = ConnectionOptions()
    var output = OutputOptions()

    /// The options for reading the input.
    var input: InputOptions {
        var input = reading.options(
            source, template.map(RowInput.template) ?? .columns(columns.isEmpty ? nil : columns))
        input.joinsEqualRows = joinsEqualRows
        input.keepsUnreadableText = badRowsFile != nil
        return input
    }

    /// Whether something is asked about the rows: without a question, each would be paid for nothing.
    var asksSomething: Bool { template != nil || !task.shape.isEmpty }

    /// Which rows get another run; nil for those that have none yet.
    var rerun: EarlierResults.Rerun? {
        retriesFailed ? .failedRows : addsNew || previous != nil ? .newRows : condition == nil ? nil : .chosenRows
    }

    /// The flags given that run some rows in a further group, at most one of which may be.
    var rerunFlags: [String] {
        [
            ("--retry-failed", retriesFailed), ("--add-new", addsNew), ("--where", condition != nil),
            ("--only-changed", previous != nil),
        ].filter(\.1).map(\.0)
    }

    /// Whether rows are written to standard output as they finish.
    var streamsRows: Bool { layout.file == nil && !doesNotWait }

    /// Whether there is data for standard output: rows, a group's id, or requests that are not sent.
    var needsOutputPlace: Bool { layout.file == nil || doesNotWait || isDryRun }

    var writesJSON: Bool { layout.isRaw }

    /// The path of the state file; nil if there is no output file that it could belong to.
    var statePath: String? {
        // No state file is written beside a device.
        let file = layout.file.flatMap { file -> String? in
            guard file.begins(with: "/dev/") || file.begins(with: "/proc/") else { return file }
            return switch try? FileTarget(file) {
            case .stream, .descriptor: nil
            case .file, nil: file
            }
        }
        return stateFile ?? file.map(BatchFiles.statePath(ofOutput:))
    }

    mutating func check(_ words: [String]) throws(UsageError) {
        source = words[0]
        if let twice = columns.indices.first(where: { columns[..<$0].contains(where: columns[$0].isExactly) }) {
            throw UsageError("--column: '\(columns[twice])' is given twice")
        }
        if template != nil, !columns.isEmpty { throw UsageError("--template and --column exclude each other") }
        if template != nil, task.inputSchema != nil {
            throw UsageError("--input-schema and --template exclude each other, because a template makes text of a row")
        }
        if limit != nil, sample != nil { throw UsageError("--limit and --sample exclude each other") }
        if joinsEqualRows, shard != nil {
            throw UsageError("--dedup and --shard exclude each other, because equal rows may be in different shards")
        }
        if badRowsFile != nil, !reading.skipsBadRows {
            throw UsageError("--bad-rows needs --skip-bad-rows, without which such rows end the command")
        }
        if badRowsFile == "-" {
            throw UsageError("--bad-rows needs a file, not standard output", hint: "./- is the file named -")
        }
        let again = rerunFlags
        if again.count > 1 { throw UsageError("\(again[0]) and \(again[1]) exclude each other") }
        if let flag = again.first, limit != nil || sample != nil {
            throw UsageError("\(flag) and \(limit != nil ? "--limit" : "--sample") exclude each other")
        }
        if repeatsRows, condition == nil { throw UsageError("--repeat needs --where") }
        if condition != nil, layout.file == nil {
            throw UsageError("--where needs --output, the file with the results of the batch")
        }
        if let flag = again.first, rerun == .newRows, shard != nil {
            throw UsageError("\(flag) and --shard exclude each other, because further rows change what the shards are")
        }
        try task.check()
        try layout.check(writesRows: !doesNotWait)
    }
}

/// How many rows are sent in a minute.
enum RateLimit: Sendable {
    case rows(Int)
    case unlimited
}

extension BatchRunOptions {
    static let flags: [Flag<BatchRunOptions>] =
        BatchReadingOptions.flags.map { $0.embedded(at: \.reading) } + rowFlags + againFlags
        + taskFlags + moneyFlags + waitFlags
        + BatchLayoutOptions.flags.map { $0.embedded(at: \.layout) }
        + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
        + (OutputFlags.global() + OutputFlags.notice).map { $0.embedded(at: \.output) }

    /// The flags of `task run`, except the one that shows events: a batch has too many of them.
    private static let taskFlags = TaskOptions.flags.filter { $0.spec.name != "events" }.map {
        $0.embedded(at: \BatchRunOptions.task)
    }

    private static let rowFlags: [Flag<BatchRunOptions>] = [
        Flag(
            "bad-rows", value: FlagSpec.Value("FILE", completion: .file),
            summary: "Write the lines that --skip-bad-rows leaves out to FILE",
            details: "As UTF-8. An existing file with other lines is only replaced with --force."
        ) { options, text throws(InvalidValue) in
            options.badRowsFile = try FileNameText.parse(text)
        },
        Flag(
            "dedup", summary: "Run equal rows once, and give all of them the result",
            details: "Rows are equal if the same would be sent for them: all columns, those of --column, or the "
                + "template's."
        ) { $0.joinsEqualRows = $1 },
        Flag(
            "column", value: FlagSpec.Value("NAME"), isRepeatable: true,
            summary: "Use this column for the input, not all (repeatable)"
        ) { $0.columns.append($1) },
        Flag(
            "template", value: FlagSpec.Value("TEXT"),
            summary: "Ask in words: 'Who founded {company}?'",
            details: "A column's name in braces stands for the row's value; {{ and }} stand for the braces themselves."
        ) { options, text throws(InvalidValue) in
            do throws(RowInputError) {
                options.template = try Template(text)
            } catch {
                throw InvalidValue(error.message)
            }
        },
        Flag(
            "limit", value: FlagSpec.Value("N"), summary: "Run the first N rows only",
            details: "Rows that get no run of their own, such as blank ones, do not count."
        ) {
            options, text throws(InvalidValue) in options.limit = try NumberText.positive(text)
        },
        Flag(
            "sample", value: FlagSpec.Value("N"), summary: "Run N random rows only, to try the task",
            details: "With --output, the same command without --sample runs the other rows; no row is run twice."
        ) { options, text throws(InvalidValue) in options.sample = try NumberText.positive(text) },
        Flag(
            "shard", value: FlagSpec.Value("I/N"), summary: "Run every N-th row, from the I-th on",
            details: "For several machines with the same input; 'batch results' joins their groups."
        ) { options, text throws(InvalidValue) in
            guard let shard = Shard(text) else {
                throw InvalidValue("'\(text)' is no shard such as 1/4, which takes the first of every four rows")
            }
            options.shard = shard
        },
    ]

    private static let againFlags: [Flag<BatchRunOptions>] = [
        Flag(
            "retry-failed", summary: "Run the rows that failed again, and write the same file",
            details:
                "Runs that are active are waited for first. The other rows keep their results, and only the failed ones "
                + "are paid for."
        ) { $0.retriesFailed = $1 },
        Flag(
            "add-new", summary: "Run the rows that are new, and write the same file",
            details:
                "Where only a part was run, the rows without a run are run, too. Rows that ask the same as an earlier "
                + "one take over its result, whatever their order, and rows that are gone are left out. The others are "
                + "not paid for again."
        ) { $0.addsNew = $1 },
        Flag(
            "only-changed", value: FlagSpec.Value("PREVIOUS", completion: .file),
            summary: "Run only rows that ask something else than in PREVIOUS",
            details:
                "PREVIOUS is the output of an earlier batch, with PREVIOUS.batch beside it, and stays as it is unless "
                + "--output names it, too. Rows are "
                + "the same, in whatever order, if the same is sent for them: the columns, or the template with its "
                + "values in place, and the same question and processor. They take over the results of PREVIOUS, "
                + "failures too; the others are run and paid for."
        ) { options, text throws(InvalidValue) in options.previous = try FileNameText.parse(text) },
        Flag(
            "where", value: FlagSpec.Value("CONDITION"), summary: "Run again the rows whose results match",
            details:
                "As 'ceo.confidence<=low' or 'founded is empty', of the columns of the output. The help of 'batch "
                + "rerun', which needs no other flag of the batch, says what there is."
        ) { options, text throws(InvalidValue) in options.condition = try RowCondition(text) },
        Flag(
            "repeat", summary: "With --where, run rows once more that it has run before",
            details:
                "Without it, a row that was run again before, by whatever condition, is run once more only if that "
                + "run failed, or on a processor that is new to the row."
        ) { $0.repeatsRows = $1 },
    ]

    /// The flags of `batch rerun`, which `batch run` gets together with those that began the batch.
    static var flagsOfRerun: [Flag<BatchRunOptions>] {
        let names: Set = [
            "where", "repeat", "processor", "yes", "confirm-above", "max-cost", "dry-run", "rate", "timeout",
            "progress", "force", "mcp-config", "trust-project",
        ]
        let shared = Set(
            (ConnectionFlags.all.map(\.spec.name)) + (OutputFlags.global() + OutputFlags.notice).map(\.spec.name))
        return flags.filter { names.contains($0.spec.name) || shared.contains($0.spec.name) }
            .map { flag in
                switch flag.spec.name {
                case "processor": processorOfRerun
                case "force": flag.worded("Replace OUT though it was changed since", details: "")
                case "timeout":
                    flag.worded(
                        details:
                            "A number with s, m or h. The runs continue; the exit code is 5. The same command waits again."
                    )
                default: flag
                }
            }
            .sorted { $0.spec.name == "where" && $1.spec.name != "where" }
    }

    private static let processorOfRerun = Flag<BatchRunOptions>(
        "processor", short: "p", value: FlagSpec.Value("NAME", completion: .words(Processor.known)),
        summary: "Processor for these rows (default: that of the batch)",
        details: "Rows that were run again on another one keep their results without this flag, unless with --repeat."
    ) { options, text throws(InvalidValue) in try TaskOptions.processorFlag.apply(&options.task, text) }

    private static let moneyFlags: [Flag<BatchRunOptions>] =
        SpendingFlags.all(of: "a batch").map { $0.embedded(at: \.spending) } + [dryRunFlag]

    private static let dryRunFlag = Flag<BatchRunOptions>(
        "dry-run", sendsNothing: true, summary: "Print the first request and the cost, send nothing",
        details:
            "The request is that of the first row, as 'task run' would send it, in JSON with secrets masked; where only "
            + "some rows are run again or anew, of the first of these. The others differ in their input."
    ) { $0.isDryRun = $1 }

    private static let waitFlags: [Flag<BatchRunOptions>] = [
        Flag(
            "rate", value: FlagSpec.Value("N", completion: .words(["unlimited"])),
            summary: "Rows sent in a minute, or 'unlimited' (default 2000)",
            details: "The API counts every row against the account's quota, which is 2,000 a minute as a rule. An API "
                + "on this machine gets rows without a limit, unless this flag sets one."
        ) { options, text throws(InvalidValue) in
            options.rate = text == "unlimited" ? .unlimited : .rows(try NumberText.positive(text))
        },
        Flag("no-wait", summary: "Submit all rows, print the group's id and exit") { $0.doesNotWait = $1 },
        WaitFlags.ofBatch(
            details: "The runs continue; the exit code is 5. With --output, the same command waits again."
        ).embedded(at: \.timeout),
        Flag(
            "unordered", summary: "Write rows as they finish, not in the input's order"
        ) { $0.isUnordered = $1 },
        Flag(
            "progress", summary: "Report progress as lines if there is no terminal"
        ) { $0.showsPlainProgress = $1 },
        Flag(
            "state", value: FlagSpec.Value("FILE", completion: .file),
            summary: "Keep the batch's state in FILE (default: OUT.batch)",
            details:
                "OUT is the file of --output. After a crash, the same command resumes the batch. The file stays when "
                + "all rows are done, for --retry-failed, --add-new and 'batch results OUT'; the results so far, or "
                + "while rows failed, are in FILE.results."
        ) { options, text throws(InvalidValue) in
            options.stateFile = try FileNameText.parse(text)
        },
    ]
}
