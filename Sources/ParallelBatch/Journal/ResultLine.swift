import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// What came of a row, as the API told it: an event of the group's list, or a result, as one line of JSON.
package struct ResultLine: Sendable {
    package let json: ArraySlice<UInt8>

    package init(json: ArraySlice<UInt8>) { self.json = json }

    /// Makes one line of UTF-8 of an event: in JSON a line break can only be layout.
    init(_ event: ServerSentEvent) {
        let bytes = event.bytes
        let isUTF8 = bytes.withUnsafeBufferPointer(\.isUTF8)
        let line = isUTF8 ? bytes : Array(String(decoding: bytes, as: UTF8.self).utf8)
        json = (line[...].place(of: 0x0A) == nil ? line : line.map { $0 == 0x0A ? 0x20 : $0 })[...]
    }

    /// Makes the line of a result that was fetched by itself, and has it say which row it is for, as it must when it
    /// is read back.
    init(_ result: JSONValue, for row: Int) {
        json = Self.naming(row, result).bytes()[...]
    }

    /// The run that it tells of; nil where the text is no result.
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
