import ParallelBatch
import ParallelOutput
import ParallelSystem

/// Options for reading the rows of a file, the same wherever a batch reads one.
struct BatchReadingOptions: Sendable {
    var format: RowFormat?
    var text = ReadingOptions()
    var skipsBadRows = false

    /// Returns the options for reading the file called `source`, or standard input for `-`.
    func options(_ source: String, _ rowInput: RowInput) -> InputOptions {
        var options = InputOptions(format: format, rowInput: rowInput, skipsBadRows: skipsBadRows)
        options.reading = text
        guard source != "-" else { return options }
        options.namedFormat = RowFormat(path: source)
        switch OutputFormat.saidBy(path: source) {
        case .noExtension, .format(.text): break
        case .format, .unknownExtension: options.hasForeignName = options.namedFormat == nil
        }
        return options
    }

    static let flags: [Flag<BatchReadingOptions>] = [
        Flag(
            "input-format",
            value: FlagSpec.Value("FORMAT", completion: .words(RowFormat.allCases.map(\.rawValue))),
            summary: "Read csv, tsv, json or jsonl (default: by name)",
            details: "Without a name that says it, the first bytes do."
        ) { options, text throws(InvalidValue) in options.format = try ChoiceText.parse(text) },
        Flag(
            "delimiter", value: FlagSpec.Value("C"), summary: "Cells are separated by this character, such as ';'",
            details: "One ASCII character, or 'tab'. Excel's first line 'sep=;' says the same in the file."
        ) { options, text throws(InvalidValue) in options.text.delimiter = try delimiter(text) },
        Flag(
            "quotes", value: FlagSpec.Value("WHEN", completion: .words(["always", "never"])),
            summary: "Whether cells may be in quotes: always or never",
            details:
                "Without it, quotes enclose cells in CSV. With tabs between cells they do only if every cell that begins "
                + "with a quote ends with one in the same line; otherwise quotes are text."
        ) { options, text throws(InvalidValue) in
            guard text == "always" || text == "never" else {
                throw ChoiceText.unknown(text, among: ["always", "never"])
            }
            options.text.readsQuotes = text == "always"
        },
        Flag(
            "no-header", summary: "The first line is a row, not the header",
            details: "The columns are called column_1, column_2 and so on."
        ) { $0.text.hasHeader = !$1 },
        Flag(
            "skip-lines", value: FlagSpec.Value("N"), summary: "Pass over N lines above the header"
        ) { options, text throws(InvalidValue) in options.text.skippedLines = try NumberText.positive(text) },
        Flag(
            "encoding", value: FlagSpec.Value("NAME", completion: .words(TextEncoding.allCases.map(\.rawValue))),
            summary: "The text's encoding (default: UTF-8, or by its mark)",
            details: "One of \(TextEncoding.allCases.map(\.rawValue).joined(separator: ", "))."
        ) { options, text throws(InvalidValue) in
            guard let encoding = TextEncoding(name: text) else {
                let names = TextEncoding.allCases.map(\.rawValue).joined(separator: ", ")
                throw InvalidValue("'\(text)' is none of \(names); iconv turns other encodings into UTF-8")
            }
            options.text.encoding = encoding
        },
        Flag(
            "skip-bad-rows", summary: "Run the other rows if some can't be read or sent",
            details:
                "Without it, such rows end the command before anything is run. A line that can't be read is left out. A "
                + "row that can't be sent, such as one that is too long, keeps its place in the output with the reason in "
                + "its error."
        ) { $0.skipsBadRows = $1 },
    ]

    private static func delimiter(_ text: String) throws(InvalidValue) -> UInt8 {
        if text == "tab" || text == "\\t" { return 0x09 }
        guard let byte = text.utf8.first, text.utf8.count == 1, byte < 0x80 else {
            throw InvalidValue("'\(text)' is not one ASCII character, nor 'tab'")
        }
        switch byte {
        case UInt8(ascii: "\""): throw InvalidValue("a quote can't separate cells, because it encloses them")
        case 0x0A, 0x0D, 0: throw InvalidValue("a line end or NUL can't separate cells")
        default: return byte
        }
    }
}
