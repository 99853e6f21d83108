import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// Options for the format and the file of a batch's results.
struct BatchLayoutOptions: Sendable {
    /// The format; nil to take it from the name of the file, on standard output JSON lines or, on a
    /// terminal, blocks.
    var format: RowFormat?
    /// Whether the API's own documents are written, one on each line.
    var isRaw = false
    var file: String?
    var replacesFile = false
    var showsBasis = false
    var showsRunIDs = false
    var showsStatus = false
    var showsRowNumbers = false
    var isExcelSafe = false

    var rowFormat: RowFormat { format ?? file.flatMap { RowFormat(path: $0) } ?? .jsonl }

    /// What the output is made of, as a key: two outputs of the same results with the same key are the same.
    var key: String {
        rowFormat.rawValue + (isRaw ? " json" : "") + (showsBasis ? " basis" : "") + (showsRunIDs ? " run-ids" : "")
            + (showsStatus ? " status" : "") + (showsRowNumbers ? " row-numbers" : "")
            + (isExcelSafe ? " excel-safe" : "")
    }

    /// Returns the flags for those columns of an output with this key that `isWanted` says.
    static func columnFlags(ofKey key: String, _ isWanted: (Substring) -> Bool = { _ in true }) -> [String] {
        key.split(separator: " ").filter(isWanted).compactMap { word in
            switch word {
            case "basis", "run-ids", "row-numbers": "--\(word)"
            case "status": "--with-status"
            default: nil
            }
        }
    }

    /// - Parameter writesRows: whether the command writes results.
    func check(writesRows: Bool = true) throws(UsageError) {
        if let file { try check(name: file) }
        guard isRaw, rowFormat != .jsonl, writesRows else { return }
        guard let file, format == nil else { throw UsageError("--json and --format exclude each other") }
        throw UsageError(
            "--json writes JSON lines, which \(file) is not named for", hint: "use a name that ends with .jsonl")
    }

    /// Throws if the extension of a name is not that of rows, or contradicts the format.
    private func check(name: String) throws(UsageError) {
        guard let named = RowFormat(path: name) else {
            switch OutputFormat.saidBy(path: name) {
            case .noExtension: return
            case .format, .unknownExtension:
                throw UsageError(
                    "\(name): the rows of a batch can't be written as such a file",
                    hint: "use a name that ends with .csv, .tsv, .jsonl or .json")
            }
        }
        guard let format, format != named else { return }
        throw UsageError(
            "--format \(format.rawValue) contradicts the name \(name)",
            hint: "leave it out, or give the file another name")
    }

    static let flags: [Flag<BatchLayoutOptions>] = [
        Flag(
            "output", short: "o", value: FlagSpec.Value("FILE", completion: .file),
            summary: "Write to FILE: .csv, .tsv, .jsonl or .json",
            details:
                "The file appears when it is complete. It has the input's columns, the output's fields, and "
                + "a column error that says why a row has no output. A file that this command has not written, or that "
                + "has changed since, is only replaced with --force."
        ) { options, text throws(InvalidValue) in
            options.file = try OutputFlags.output(text, formats: RowFormat.allCases.map(\.rawValue))
        },
        Flag(
            "format", value: FlagSpec.Value("FORMAT", completion: .words(RowFormat.allCases.map(\.rawValue))),
            summary: "Write csv, tsv, json or jsonl (default: by name)",
            details: "Without a file name, the format is jsonl; on a terminal, it is a table."
        ) { options, text throws(InvalidValue) in options.format = try ChoiceText.parse(text) },
        Flag(
            "json", summary: "Print the API's JSON of each run, one to a line"
        ) { $0.isRaw = $1 },
        Flag("force", summary: "Let --output replace an existing file") { $0.replacesFile = $1 },
        Flag(
            "basis", summary: "Add confidence, citations and reasoning for each field"
        ) { $0.showsBasis = $1 },
        Flag("run-ids", summary: "Add each row's run id") { $0.showsRunIDs = $1 },
        Flag("with-status", summary: "Add each row's status") { $0.showsStatus = $1 }.formerly("status"),
        Flag("row-numbers", summary: "Add each row's number in the input") { $0.showsRowNumbers = $1 },
        Flag(
            "excel-safe", summary: "Keep spreadsheets from taking found text for formulas",
            details: "In CSV and TSV, text from the network that begins with = + - or @ gets a ' in front."
        ) { $0.isExcelSafe = $1 },
    ]
}

extension BatchLayout {
    /// Makes the layout for `options`; the fields are those of the schema, if there is one.
    init(_ options: BatchLayoutOptions, _ input: BatchInput, outputSchema: JSONValue?) {
        self.init(
            options, columns: input.columns, fields: outputSchema?["json_schema"]?["properties"]?.object?.keys,
            textStyle: input.textStyle, hasInputFromNetwork: false)
    }

    init(
        _ options: BatchLayoutOptions, columns: [InputColumn], fields: [String]?, textStyle: TextStyle,
        hasInputFromNetwork: Bool
    ) {
        self.init(
            format: options.rowFormat, columns: columns, fields: fields, showsBasis: options.showsBasis,
            showsRunIDs: options.showsRunIDs, showsStatus: options.showsStatus,
            showsRowNumbers: options.showsRowNumbers, isExcelSafe: options.isExcelSafe, textStyle: textStyle,
            hasInputFromNetwork: hasInputFromNetwork)
    }
}
