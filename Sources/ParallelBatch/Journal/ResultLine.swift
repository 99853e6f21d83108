import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// The result of a row as one line of JSON: the API's event in the list of runs, or a result that was fetched alone.
///
/// For a row without a run, it is `{"row":17,"status":"refused","error":{"message":"…"}}`, with the row counted from 1.
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

    /// Makes the line of a row that has no run.
    init(_ unsent: UnsentRow) {
        let line: JSONValue = [
            "row": .number(JSONNumber(unsent.row + 1)), "status": .string(unsent.cause.rawValue),
            "error": ["message": .string(unsent.reason)],
        ]
        json = line.bytes()[...]
    }

    /// Makes the line before the results of a group.
    init(naming group: String) { json = JSONValue.object(["group": .string(group)]).bytes()[...] }

    /// Makes the line of a result that a group takes over from an earlier one; or, if `isReserve`, only in case that
    /// the run which replaces it fails.
    init(taking taken: TakenResult, isReserve: Bool = false) {
        let opening = isReserve ? Self.reserveOpening : Self.takenOpening
        json = Array("\(opening)[\(taken.row),\(taken.place)]}".utf8)[...]
    }

    private static let groupOpening = "{\"group\":"
    private static let takenOpening = "{\"taken\":"
    private static let reserveOpening = "{\"reserve\":"

    /// The group that the line names; nil for any other line.
    var group: String? {
        guard json.starts(with: Self.groupOpening.utf8) else { return nil }
        return (try? JSONValue.parse(Array(json)))?["group"]?.string
    }

    /// The result that the line takes over; nil for any other line.
    var taken: TakenResult? { result(after: Self.takenOpening, "taken") }

    /// The result that the row of the line has if its run fails; nil for any other line.
    var reserve: TakenResult? { result(after: Self.reserveOpening, "reserve") }

    private func result(after opening: String, _ key: String) -> TakenResult? {
        guard json.starts(with: opening.utf8), let pair = (try? JSONValue.parse(Array(json)))?[key],
            let row = pair[0]?.int, let place = pair[1]?.int, row >= 0, place >= 0
        else { return nil }
        return TakenResult(row: row, place: place)
    }

    /// Whether the row has no output, although it should have one.
    var isFailed: Bool {
        guard let run else { return unsent?.cause.isFailure ?? true }
        return !run.isCompleted || JSONText(json).opening(of: "output") != UInt8(ascii: "{")
    }

    /// The run in the line; nil for a row without a run, and if the text is not a result.
    var run: RunSummary? { RunSummary(in: JSONText(json)) }

    /// The row of a line that says why it has no run; nil for any other text.
    package var unsent: UnsentRow? {
        guard let members = JSONText(json).members("row", "status", "error", "run"), members[3] == nil,
            let row = members[0]?.value?.int, row > 0, let cause = members[1]?.string.flatMap(UnsentRow.Cause.init)
        else { return nil }
        return UnsentRow(row: row - 1, cause: cause, reason: members[2]?.value?["message"]?.string ?? "")
    }

    /// The row of the line, counted from 0; nil if the text is not a result, or its run belongs to no batch.
    package var row: Int? { run?.row ?? unsent?.row }

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

/// A result of an earlier group that belongs to a row of a further one.
struct TakenResult: Sendable, Equatable {
    /// The row in the input, counted from 0.
    let row: Int
    /// The place of the result in the file of results.
    let place: Int
}
