import ParallelCore
import ParallelJSON

/// What became of a row, to be written beside it.
struct BatchResult {
    var runID: String?
    /// The run's status as the API calls it.
    var status: String
    /// Why there is no output; nil where there is one.
    var error: String?
    var output: TaskOutput?
}

/// Lays results out as rows of a file: the input's columns, then the output's, in CSV, TSV, JSON lines or JSON.
///
/// Lines end with LF in every format. TSV has quotes by the rules of CSV.
struct BatchLayout {
    let format: RowFormat
    let columns: [InputColumn]
    /// What each output field is called in the result, unlike any column.
    private let fields: [Field]
    private let showsBasis: Bool
    private let showsRunIDs: Bool
    private let showsStatus: Bool
    private let isExcelSafe: Bool
    private let names: Names

    private struct Field {
        /// In the output; nil where the whole output is one column.
        let key: String?
        let name: String
        /// The names of the columns for the field's basis.
        let confidence: String
        let citations: String
        let reasoning: String
    }

    private struct Names {
        let basis: String
        let runID: String
        let status: String
        let error: String
    }

    /// - Parameters:
    ///   - fields: the properties of the output schema in order; nil where the output is text or has a schema that is
    ///     not known, and then is the one column `output`.
    ///   - isExcelSafe: a `'` goes in front of text from the network that a spreadsheet would take for a formula.
    init(
        format: RowFormat, columns: [InputColumn], fields: [String]?, showsBasis: Bool = false,
        showsRunIDs: Bool = false, showsStatus: Bool = false, isExcelSafe: Bool = false
    ) {
        self.format = format
        self.columns = columns
        self.showsBasis = showsBasis
        self.showsRunIDs = showsRunIDs
        self.showsStatus = showsStatus
        self.isExcelSafe = isExcelSafe && format.separator != nil
        var unique = UniqueNames(reserved: columns.flatMap { [$0.title, $0.name] })
        let keys: [(key: String?, name: String)] = fields.map { $0.map { ($0, $0) } } ?? [(nil, "output")]
        let named = keys.map { (key: $0.key, name: unique.add($0.name, mayBeReserved: false)) }
        self.fields = named.map { field in
            func name(_ part: String) -> String { unique.add("\(field.name).\(part)", mayBeReserved: false) }
            return Field(
                key: field.key, name: field.name, confidence: name("confidence"), citations: name("citations"),
                reasoning: name("reasoning"))
        }
        func name(_ name: String) -> String { unique.add(name, mayBeReserved: false) }
        names = Names(basis: name("basis"), runID: name("run_id"), status: name("status"), error: name("error"))
    }

    /// What stands before the first row.
    func header() -> [UInt8] { [] }

    /// Writes a row; `index` counts the rows of the file from 0.
    func appendRow(_ index: Int, _ row: InputRow, _ result: BatchResult, to output: inout [UInt8]) {}

    /// What stands after the last row.
    func footer() -> [UInt8] { [] }
}
