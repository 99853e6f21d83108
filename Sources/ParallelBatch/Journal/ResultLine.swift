import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// The result of a row as one line of the API's JSON: an event in the list of runs, or a result that was fetched alone.
package struct ResultLine: Sendable {
    package let json: ArraySlice<UInt8>

    package init(json: ArraySlice<UInt8>) { self.json = json }

    /// Makes one line of an event: line breaks in JSON are only layout.
    init(_ event: ServerSentEvent) {
        let bytes = event.bytes
        let isUTF8 = bytes.withUnsafeBufferPointer(\.isUTF8)
        let line = isUTF8 ? bytes : Array(String(decoding: bytes, as: UTF8.self).utf8)
        json = (line[...].place(of: 0x0A) == nil ? line : line.map { $0 == 0x0A ? 0x20 : $0 })[...]
    }

    /// Makes the line of a result that was fetched alone. Adds the number of its row if the run lacks it, because
    /// without it the line could not be assigned to its row later.
    init(_ result: JSONValue, for row: Int) {
        json = Self.naming(row, result).bytes()[...]
    }

    /// The run in the line; nil if the text is not a result.
    var run: RunSummary? { RunSummary(in: JSONText(json)) }

    private static func naming(_ row: Int, _ result: JSONValue) -> JSONValue {
        guard var object = result.object, var run = object["run"]?.object else { return result }
        if TaskRun(.object(run)).flatMap(RowNumber.row) == row { return result }
        var metadata = run["metadata"]?.object ?? [:]
        metadata[RowNumber.key] = .string(RowNumber.text(row))
        run["metadata"] = .object(metadata)
        object["run"] = .object(run)
        return .object(object)
    }
}
