package import ParallelAPI
import ParallelJSON

/// One task for many rows: what the requests that add runs to a group look like.
package struct BatchRequest: Sendable {
    /// Under this key of its metadata a run has the number of its row, counted from 1, by which the group tells what
    /// was accepted.
    package static let rowKey = "\(rowKeyText)"
    static let rowKeyText: StaticString = "parallel_row"

    let betas: [String]
    /// The beginning of the body, up to the first run.
    let opening: [UInt8]
    private let metadata: [UInt8]
    private let closing: [UInt8]

    /// The task that `template` asks for, whatever its input. Throws `InvalidRequest` where its metadata has the key of
    /// rows.
    package init(_ template: TaskRunRequest) throws(InvalidRequest) {
        if template.metadata.contains(where: { $0.key == Self.rowKey }) {
            throw InvalidRequest("the metadata key '\(Self.rowKey)' is taken: it has the number of each row")
        }
        betas = template.betas
        var members = template.json(.revealed).object ?? [:]
        let spec = members["task_spec"].map { "\"default_task_spec\":\($0.serialized())," } ?? ""
        opening = Array("{\(spec)\"inputs\":[".utf8)
        let own = template.metadata.map {
            "\(JSONValue.string($0.key).serialized()):\(JSONValue.string($0.value).serialized()),"
        }
        metadata = Array(",\"metadata\":{\(own.joined())\"\(Self.rowKey)\":\"".utf8)
        for key in ["input", "task_spec", "metadata"] { members[key] = nil }
        closing = Array("\"},".utf8) + JSONValue.object(members).bytes().dropFirst()
    }

    /// Writes the run of a row, whose input is JSON already, without the task's spec, which all have in common.
    func appendRun(row: Int, input: [UInt8], to body: inout [UInt8]) {
        body += "{\"input\":".utf8
        body += input
        body += metadata
        body += String(row + 1).utf8
        body += closing
    }

    /// The row that a run stands for, counted from 0; nil for one that belongs to no batch.
    package static func row(of run: TaskRun) -> Int? {
        run.json["metadata"]?[rowKey].flatMap { row(JSONText($0.bytes()[...])) }
    }

    /// The same from the member of the metadata alone, which is a number or its digits in quotes.
    static func row(_ text: JSONText) -> Int? {
        let digits = text.bytes.first == UInt8(ascii: "\"") ? text.bytes.dropFirst().dropLast() : text.bytes
        return Int(String(decoding: digits, as: UTF8.self)).flatMap { $0 > 0 ? $0 - 1 : nil }
    }
}
