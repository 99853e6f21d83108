import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// The result of a row, as it is written beside the row.
struct BatchResult {
    var runID: String?
    /// The number of the row in the input, counted from 1; nil for a run that belongs to no row.
    var rowNumber: Int?
    /// The status of the run, as the API calls it.
    var status: String
    /// The reason why there is no output; nil if there is one.
    var error: String?
    var output: TaskOutput?
    /// Why there is no run; nil if there is one.
    var cause: UnsentRow.Cause?
    var warnings: [String] = []
}

/// Formats rows with their results: first the columns of the input, then those of the output, as CSV, TSV, JSON lines
/// or JSON, or as blocks for people.
///
/// Lines end with LF, in CSV and TSV as those of the input. TSV is quoted by the rules of CSV.
struct BatchLayout {
    private struct Field {
        /// The key of the field in the output; nil if the whole output is one column.
        let key: String?
        let name: String
        /// The names of the columns for its basis.
        let confidence: String
        let citations: String
        let reasoning: String
    }

    private struct Names {
        let basis: String
        let runID: String
        let status: String
        let rowNumber: String
        let error: String
    }

    private let format: RowFormat
    private let textStyle: TextStyle
    private let columns: [InputColumn]
    private let fields: [Field]
    private let names: Names
    let showsBasis: Bool
    let showsRunIDs: Bool
    private let showsStatus: Bool
    private let showsRowNumbers: Bool
    private let isExcelSafe: Bool
    private let hasInputFromNetwork: Bool

    /// - Parameters:
    ///   - fields: the properties of the output schema in order; nil if the output is text or its schema is not known,
    ///     so that one column `output` holds it. A name that the input has, too, gets a suffix.
    ///   - isExcelSafe: whether `'` is put before text from the network that a spreadsheet would take for a formula, in
    ///     CSV and TSV.
    ///   - textStyle: how CSV and TSV begin and end their lines.
    ///   - hasInputFromNetwork: whether the rows of the input came from the network, too.
    init(
        format: RowFormat, columns: [InputColumn], fields: [String]?, showsBasis: Bool = false,
        showsRunIDs: Bool = false, showsStatus: Bool = false, showsRowNumbers: Bool = false, isExcelSafe: Bool = false,
        textStyle: TextStyle = TextStyle(), hasInputFromNetwork: Bool = false
    ) {
        self.format = format
        self.textStyle = textStyle
        self.columns = columns
        self.showsBasis = showsBasis
        self.showsRunIDs = showsRunIDs
        self.showsStatus = showsStatus
        self.showsRowNumbers = showsRowNumbers
        self.isExcelSafe = isExcelSafe
        self.hasInputFromNetwork = hasInputFromNetwork
        var taken = UniqueNames(reserved: columns.flatMap { [$0.title, $0.name] })
        func unique(_ name: String) -> String { taken.add(name, mayBeReserved: false) }
        let keys: [String?] = fields ?? [nil]
        let named = keys.map { (key: $0, name: unique($0 ?? "output")) }
        self.fields = named.map {
            Field(
                key: $0.key, name: $0.name, confidence: unique("\($0.name).confidence"),
                citations: unique("\($0.name).citations"), reasoning: unique("\($0.name).reasoning"))
        }
        names = Names(
            basis: unique("basis"), runID: unique("run_id"), status: unique("status"),
            rowNumber: showsRowNumbers ? unique("row") : "", error: unique("error"))
    }

    /// Returns what is written before the first row: the header line, or the bracket of a JSON array.
    func header() -> [UInt8] {
        guard let delimitedWriter else { return format == .json ? [UInt8(ascii: "[")] : [] }
        var output = textStyle.hasByteOrderMark ? [UInt8]("\u{FEFF}".utf8) : []
        delimitedWriter.append(titles, to: &output)
        return output
    }

    /// The titles of the columns.
    var titles: [String] {
        var titles = columns.map { hasInputFromNetwork ? safe($0.title) : $0.title }
        titles += fields.map { safe($0.name) }
        if showsBasis { titles += fields.flatMap { [$0.confidence, $0.citations, $0.reasoning] }.map(safe) }
        if showsRunIDs { titles.append(names.runID) }
        if showsStatus { titles.append(names.status) }
        if showsRowNumbers { titles.append(names.rowNumber) }
        return titles + [names.error]
    }

    private var delimitedWriter: DelimitedWriter? {
        format.separator.map { DelimitedWriter(separator: $0, endsLinesWithCRLF: textStyle.endsLinesWithCRLF) }
    }

    /// What holds the reason why a row has no output, for a sentence.
    var placeOfErrors: String { "the \(format.separator == nil ? "member" : "column") \(names.error)" }

    /// Appends a row to `output`; `index` is its place in the file, counted from 0.
    func appendRow(_ index: Int, _ row: InputRow, _ result: BatchResult, to output: inout [UInt8]) {
        let (values, error) = values(of: result)
        if let delimitedWriter {
            let cells = cells(of: row) + cells(of: result, values: values, error: error)
            delimitedWriter.append(cells, to: &output)
            return
        }
        if format == .json { output.append(contentsOf: index == 0 ? "\n".utf8 : ",\n".utf8) }
        JSONValue.object(JSONObject(members(of: row) + members(of: result, values: values, error: error)))
            .append(to: &output)
        if format == .jsonl { output.append(UInt8(ascii: "\n")) }
    }

    /// Returns what is written after the last row.
    func footer() -> [UInt8] { format == .json ? Array("\n]\n".utf8) : [] }

    /// Returns the values of the fields, and the error to show: that of the result, or that the output has no fields.
    private func values(of result: BatchResult) -> (values: [JSONValue], error: String?) {
        let content: JSONValue =
            switch result.output?.content {
            case .structured(let value): value
            case .text(let text): .string(text)
            case nil: .null
            }
        let object = content.object
        let keyed = object?.values(of: fields.map { $0.key ?? "" }) ?? []
        let values = fields.enumerated().map { index, field -> JSONValue in
            guard field.key != nil else { return content }
            return keyed.isEmpty ? .null : keyed[index] ?? .null
        }
        let hasNoFields = object == nil && result.output != nil && fields.contains { $0.key != nil }
        return (values, result.error ?? (hasNoFields ? "the output is \(content.typeName), not an object" : nil))
    }

    // MARK: For people

    /// The most bytes of a cell in a table for people.
    private static let longestCell = 200

    /// Returns rows for people: a table, or a block for each row where the basis is shown or
    /// a value doesn't fit into a cell.
    ///
    /// - Parameter first: the place of the first of them among the rows that are written, counted from 0.
    func blocks(_ rows: [(row: InputRow, result: BatchResult)], from first: Int) -> [Document.Block] {
        if rows.isEmpty { return [] }
        if let named = namingFields(of: rows) { return named.blocks(rows, from: first) }
        var needsBlocks = showsBasis
        let cells = rows.map { row, result in
            let (values, error) = values(of: result)
            let cells = self.cells(of: row) + self.cells(of: result, values: values, error: error)
            if values.contains(where: { $0.array != nil || $0.object != nil })
                || cells.contains(where: { $0.utf8.count > Self.longestCell || $0.has("\n") })
            {
                needsBlocks = true
            }
            return cells
        }
        if !needsBlocks { return [.table(Document.Table(headings: titles, rows: cells))] }
        return rows.enumerated().map { block(first + $0.offset, $0.element.row, $0.element.result) }
    }

    /// The most fields that become columns where no schema names them.
    private static let mostFields = 12

    /// Returns this layout with a column for each field, as if a schema had named them; nil if it has such columns, or
    /// an output is no object.
    private func namingFields(of rows: [(row: InputRow, result: BatchResult)]) -> BatchLayout? {
        guard fields.count == 1, fields[0].key == nil else { return nil }
        var keys: [String] = []
        for (_, result) in rows {
            guard let output = result.output else { continue }
            guard case .structured(let value) = output.content, let object = value.object else { return nil }
            for key in object.keys where !keys.contains(where: key.isExactly) { keys.append(key) }
            if keys.count > Self.mostFields { return nil }
        }
        guard !keys.isEmpty else { return nil }
        return BatchLayout(
            format: format, columns: columns, fields: keys, showsBasis: showsBasis, showsRunIDs: showsRunIDs,
            showsStatus: showsStatus, showsRowNumbers: showsRowNumbers, isExcelSafe: isExcelSafe, textStyle: textStyle,
            hasInputFromNetwork: hasInputFromNetwork)
    }

    /// Returns a row for people: its number, how it ended, and its values by name; `index` is its place among the rows
    /// that are written, counted from 0.
    private func block(_ index: Int, _ row: InputRow, _ result: BatchResult) -> Document.Block {
        let (values, error) = values(of: result)
        var shown = members(of: row).map { Document.Field($0.key, JSONBlocks.blocks(.structured($0.value))) }
        if let output = result.output {
            var blocks = JSONBlocks(sources: SourceList(output.basis))
            for (field, value) in zip(fields, values) {
                let note = blocks.sources.note(for: field.key ?? "output")
                let isWhole = field.key == nil
                let content =
                    isWhole && value.string != nil
                    ? JSONBlocks.blocks(output.content) : blocks.blocks(value, at: field.key ?? "")
                shown.append(Document.Field(field.name, content, note: note))
            }
            let basis = blocks.sources.fields(of: output.basis)
            if !basis.isEmpty { shown.append(Document.Field(names.basis, [.fields(basis)])) }
            if !blocks.sources.sources.isEmpty {
                shown.append(Document.Field("sources", [.sources(blocks.sources.sources)]))
            }
        }
        if showsRunIDs { shown.append(Document.Field(names.runID, [.paragraph([.text(result.runID ?? "")])])) }
        if let error { shown.append(Document.Field(names.error, [.paragraph([.text(error)])])) }
        let row = Document.Field(
            "row \(result.rowNumber ?? index + 1)", [.fields(shown)], note: [.mark(.status(result.status))])
        return .fields([row])
    }

    // MARK: For conditions

    /// Returns the cells of a row by the titles of this layout; those with citations have their number. They are
    /// empty where there is no output.
    func conditionCells(_ row: InputRow, _ result: BatchResult) -> [String] {
        let (values, error) = values(of: result)
        var cells = cells(of: row) + cells(of: result, values: values, error: error)
        guard showsBasis else { return cells }
        for field in fields.indices {
            let place = columns.count + fields.count + 3 * field + 1
            if result.output != nil { cells[place] = String(cells[place].parts(between: " ").count { !$0.isEmpty }) }
        }
        return cells
    }

    // MARK: CSV and TSV

    private func cells(of row: InputRow) -> [String] {
        switch row.content {
        case .cells(let cells): cells
        case .value(.object(let object)): object.values(of: columns.map(\.name)).map { $0.map(inputText) ?? "" }
        case .value(let value): columns.map { $0.isWholeRow ? inputText(value) : "" }
        }
    }

    private func inputText(_ value: JSONValue) -> String { hasInputFromNetwork ? cell(value) : text(value) }

    /// Returns the cell for a value from the network.
    private func cell(_ value: JSONValue) -> String { value.number == nil ? safe(text(value)) : text(value) }

    private func cells(of result: BatchResult, values: [JSONValue], error: String?) -> [String] {
        var cells = values.map(cell)
        if showsBasis {
            let basis = result.output?.basis ?? []
            for field in fields {
                let basis = FieldBasisSummary(of: field.key, in: basis)
                cells += [basis.confidence, basis.citations, basis.reasoning].map(safe)
            }
        }
        if showsRunIDs { cells.append(safe(result.runID ?? "")) }
        if showsStatus { cells.append(safe(result.status)) }
        if showsRowNumbers { cells.append(result.rowNumber.map(String.init) ?? "") }
        cells.append(safe(error ?? ""))
        return cells
    }

    private func text(_ value: JSONValue) -> String { value.isNull ? "" : value.string ?? value.serialized() }

    private func safe(_ text: String) -> String {
        guard isExcelSafe, let first = text.utf8.first else { return text }
        switch first {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
            return "'\(text)"
        case UInt8(ascii: "-"):
            let isNumber = (try? JSONValue.parse(text))?.number != nil
            return isNumber ? text : "'\(text)"
        default: return text
        }
    }

    // MARK: JSON

    private func members(of row: InputRow) -> [JSONObject.Member] {
        switch row.content {
        case .cells(let cells):
            zip(columns, cells).map { JSONObject.Member(key: $0.name, value: .string($1)) }
        case .value(.object(let object)): object.members
        case .value(.null): []
        case .value(let value): [JSONObject.Member(key: InputColumn.wholeRow, value: value)]
        }
    }

    private func members(of result: BatchResult, values: [JSONValue], error: String?) -> [JSONObject.Member] {
        var members = zip(fields, values).map { JSONObject.Member(key: $0.name, value: $1) }
        func add(_ name: String, _ value: JSONValue) { members.append(JSONObject.Member(key: name, value: value)) }
        if showsBasis { add(names.basis, result.output?.json["basis"] ?? .null) }
        if showsRunIDs { add(names.runID, result.runID.map(JSONValue.string) ?? .null) }
        if showsStatus { add(names.status, .string(result.status)) }
        if showsRowNumbers {
            add(names.rowNumber, result.rowNumber.map { .number(JSONNumber($0)) } ?? .null)
        }
        if let error { add(names.error, .string(error)) }
        return members
    }
}

/// The basis of a field for its cells: its own entry and the entries of its parts (`executives.0`).
private struct FieldBasisSummary {
    /// The lowest confidence of all entries.
    let confidence: String
    /// URLs separated by a space, each once.
    let citations: String
    let reasoning: String

    /// Summarises the entries for a field; without a field, all entries.
    init(of field: String?, in basis: [FieldBasis]) {
        let entries = basis.filter { entry in
            field.map { entry.field.isExactly($0) || entry.field.begins(with: "\($0).") } ?? true
        }
        let levels = ["low", "medium", "high"]
        let confidences = entries.compactMap(\.confidence)
        confidence = levels.first(where: confidences.contains) ?? confidences.first ?? ""
        var seen: Set<ExactText> = []
        citations = entries.flatMap(\.citations).map(\.url).filter { seen.insert(ExactText($0)).inserted }.joined(
            separator: " ")
        reasoning = entries.compactMap(\.reasoning).joined(separator: "\n")
    }
}
