import ParallelAPI
import ParallelJSON

/// The parts that all requests which add runs to a group have in common: the task, and the key of the row number.
struct RunTemplate: Sendable {
    let betas: [String]
    /// The beginning of the body, up to the first run.
    let opening: [UInt8]
    private let metadata: [UInt8]
    private let closing: [UInt8]

    /// Makes a template for `task`, whose own input is ignored. Throws `InvalidRequest` if its metadata has the key of
    /// row numbers.
    init(_ task: TaskRunRequest) throws(InvalidRequest) {
        if task.metadata.contains(where: { $0.key == RowNumber.key }) {
            throw InvalidRequest("the metadata key '\(RowNumber.key)' is taken: it has the number of each row")
        }
        betas = task.betas
        var members = task.json(.revealed).object ?? [:]
        let spec = members["task_spec"].map { "\"default_task_spec\":\($0.serialized())," } ?? ""
        opening = Array("{\(spec)\"inputs\":[".utf8)
        let own = task.metadata.map {
            "\(JSONValue.string($0.key).serialized()):\(JSONValue.string($0.value).serialized()),"
        }
        metadata = Array(",\"metadata\":{\(own.joined())\"\(RowNumber.key)\":\"".utf8)
        for key in ["input", "task_spec", "metadata"] { members[key] = nil }
        closing = Array("\"},".utf8) + JSONValue.object(members).bytes().dropFirst()
    }

    /// Appends the run of a row, whose input is JSON, without the task's spec, which is the same for all runs.
    func appendRun(row: Int, input: [UInt8], to body: inout [UInt8]) {
        body += "{\"input\":".utf8
        body += input
        body += metadata
        body += RowNumber.text(row).utf8
        body += closing
    }
}
