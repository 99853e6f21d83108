package import ParallelAPI
import ParallelJSON

/// The number of a run's row, counted from 1 and kept in the run's metadata: so the group itself tells which rows were
/// accepted, even after a lost answer or a crash.
package enum RowNumber {
    /// The key in the metadata.
    package static let key = "\(staticKey)"
    static let staticKey: StaticString = "parallel_row"

    /// Returns the number of a row as text; elsewhere, rows are counted from 0.
    package static func text(_ row: Int) -> String { String(row + 1) }

    /// Returns the row of a run, counted from 0; nil for a run that belongs to no batch.
    package static func row(of run: TaskRun) -> Int? {
        run.json["metadata"]?[key].flatMap { row(JSONText($0.bytes()[...])) }
    }

    /// Reads a number in metadata: a JSON number, or a string of digits.
    static func row(_ text: JSONText) -> Int? {
        let digits = text.bytes.first == UInt8(ascii: "\"") ? text.bytes.dropFirst().dropLast() : text.bytes
        return Int(String(decoding: digits, as: UTF8.self)).flatMap { $0 > 0 ? $0 - 1 : nil }
    }
}
