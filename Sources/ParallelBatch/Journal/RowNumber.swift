package import ParallelAPI
import ParallelJSON

/// The number by which a run tells which row it is for, counted from 1 and kept in its metadata: so the group itself
/// says what was accepted, after a lost answer as after a crash.
package enum RowNumber {
    /// The key of the metadata.
    package static let key = "\(staticKey)"
    static let staticKey: StaticString = "parallel_row"

    /// Returns the number of a row, which is counted from 0 elsewhere.
    package static func text(_ row: Int) -> String { String(row + 1) }

    /// Returns the row that a run is for, counted from 0; nil for one that belongs to no batch.
    package static func row(of run: TaskRun) -> Int? {
        run.json["metadata"]?[key].flatMap { row(JSONText($0.bytes()[...])) }
    }

    /// Reads a number as it stands in metadata: a JSON number, or its digits in quotes.
    static func row(_ text: JSONText) -> Int? {
        let digits = text.bytes.first == UInt8(ascii: "\"") ? text.bytes.dropFirst().dropLast() : text.bytes
        return Int(String(decoding: digits, as: UTF8.self)).flatMap { $0 > 0 ? $0 - 1 : nil }
    }
}
