import ParallelAPI
import ParallelOutput
import ParallelSystem

/// The options of `task run`, as typed. Files and standard input are read later.
struct TaskRunOptions: CommandOptions {
    var input: InputSource?
    var inputJSON: InputSource?
    /// A text that is put under the question.
    var text: InputSource?
    var task = TaskOptions()
    var doesNotWait = false
    var preview = PreviewOptions()
    var showsBasis = false
    /// The name of the file that events are written to; nil for none.
    var eventsFile: String?
    var isReport = false
    var continuesLast = false
    var continuesFrom: String?
    var spending = SpendingOptions()
    var wait = WaitOptions()
    var connection = ConnectionOptions()
    var output = OutputOptions()

    var hasInput: Bool { input != nil || inputJSON != nil }

    mutating func takeAsDefaults() { task.choosesProcessor = false }

    /// Checks what must hold between flags and words.
    mutating func check(_ words: [String]) throws(UsageError) {
        if let word = words.first { input = InputSource(word) }
        if input != nil, inputJSON != nil { throw UsageError("INPUT and --input-json exclude each other") }
        try preview.check(&output)
        if eventsFile != nil {
            if doesNotWait {
                throw UsageError(
                    "--events-file and --no-wait exclude each other",
                    hint: "'task events --json RUN_ID' prints the events of a run that is under way")
            }
            if task.events == false { throw UsageError("--events-file and --no-events exclude each other") }
        }
        if isReport { task.chooseForReport() }
        let continuing = [
            (continuesLast, "--continue"), (continuesFrom != nil, "--continue-from"),
            (task.previousInteractionID != nil, "--previous-interaction-id"),
        ].filter(\.0).map(\.1)
        if continuing.count > 1 { throw UsageError("\(continuing[0]) and \(continuing[1]) exclude each other") }
        if continuesLast, connection.isUnlogged {
            throw UsageError(
                "--continue and --no-log exclude each other: the log has the run to go on from",
                hint: "--continue-from ID names it")
        }
        if let continuesFrom { task.previousInteractionID = continuesFrom }
        try task.check()
    }
}

extension TaskRunOptions {
    /// The description of a report for the API.
    private static let reportDescription = """
        A research report in Markdown for a reader who knows the field. Begin with a title and a summary of the main \
        findings in a few sentences. Then sections under headings, with a table where figures or options are compared. \
        Cite the source of each claim where it is made, as a numbered link. Say what is uncertain, disputed or not \
        known. No filler.
        """

    static let flags: [Flag<TaskRunOptions>] =
        [TaskOptions.processorFlag.embedded(at: \.task), inputJSONFlag, contextFlag]
        + TaskOptions.otherFlags.map { $0.embedded(at: \.task) } + runFlags
        + SpendingFlags.all(of: "a run").map { $0.embedded(at: \.spending) }
        + PreviewFlags.withServers.map { $0.embedded(at: \.preview) }
        + WaitFlags.creating.map { $0.embedded(at: \.wait) }
        + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
        + (OutputFlags.data() + OutputFlags.notice).map { $0.embedded(at: \.output) }

    private static let inputJSONFlag = Flag<TaskRunOptions>(
        "input-json", value: FlagSpec.Value("JSON", completion: .atFile),
        summary: "Structured input: JSON, @FILE or - for standard input"
    ) { $0.inputJSON = InputSource($1) }

    private static let contextFlag = Flag<TaskRunOptions>(
        "context", value: FlagSpec.Value("@FILE", completion: .atFile),
        summary: "Put a text, @FILE or -, under the question",
        details: "The input is the question, an empty line and the text."
    ) { options, text throws(InvalidValue) in
        let source = InputSource(text)
        if case .literal = source { throw InvalidValue("'\(text)' is neither @FILE nor -") }
        options.text = source
    }

    private static let runFlags: [Flag<TaskRunOptions>] = [
        Flag(
            "report", summary: "Ask for a written report (default processor: pro)",
            details:
                "Markdown with a summary, headings, tables where they help, and its sources cited. "
                + "To say yourself what the text should be, use --output-text."
        ) { options, isOn in
            options.isReport = isOn
            if isOn {
                options.task.shape.choose(.text(reportDescription), by: "--report")
            } else {
                options.task.shape.takeBack("--report")
            }
        },
        Flag("basis", summary: "Show reasoning and citations with their excerpts") { $0.showsBasis = $1 },
        Flag(
            "events-file", value: FlagSpec.Value("FILE", completion: .file),
            summary: "Write each event to FILE as it comes, as JSON lines",
            details:
                "Events can't be fetched once a run has ended. They are recorded as with --events, and each is in the "
                + "file as soon as it has come, however this command ends. The file is readable by you alone. An "
                + "existing file is only replaced with --force."
        ) { options, text throws(InvalidValue) in
            guard !text.isEmpty, OutputFlags.file(text) != nil else { throw InvalidValue("give the name of a file") }
            options.eventsFile = text
        },
        Flag(
            "continue", summary: "Go on from the newest run of this machine",
            details: "Question and result of that run are the context of this one, on any processor. Not with --no-log."
        ) { $0.continuesLast = $1 },
        Flag(
            "continue-from", value: FlagSpec.Value("ID", completion: .ids(of: "run")),
            summary: "Go on from the run or interaction with this id"
        ) { options, text throws(InvalidValue) in options.continuesFrom = try FilledText.parse(text) },
        Flag("no-wait", summary: "Print the run id on standard output and exit") { $0.doesNotWait = $1 },
    ]
}
