import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// A task run as the API last described it (`GET /v1/tasks/runs/{run_id}`).
///
/// This folder holds the API's nouns, one a file. Responses keep the JSON they came as and offer typed views of it, so
/// that unknown fields survive; requests write only what was set.
package struct TaskRun: Sendable {
    /// The object as the API sent it.
    package let json: JSONValue
    package let id: String

    /// Reads a run; nil if the value has no `run_id`, or one that begins with `-` and would be a flag in a command to
    /// type.
    package init?(_ json: JSONValue) {
        guard let id = json["run_id"]?.string, !id.isEmpty, !id.begins(with: "-") else { return nil }
        self.json = json
        self.id = id
    }

    /// Whether `id` looks like a run id and needs no quoting in a command line: letters, digits and `_-.:`, at most
    /// 200.
    package static func isTypable(_ id: String) -> Bool {
        id.utf8.first?.isASCIILetterOrDigit == true && id.utf8.count <= 200
            && id.utf8.allSatisfy { $0.isASCIILetterOrDigit || "_-.:".utf8.contains($0) }
    }

    package var status: RunStatus { RunStatus(rawValue: json["status"]?.string ?? "unknown") }

    /// Whether the run may still change, as the API says, or as follows from the status if it doesn't say.
    package var isActive: Bool { json["is_active"]?.bool ?? status.isUsuallyActive }

    /// Whether the run has ended without completing, so that there will be no result.
    var endedWithoutResult: Bool { !isActive && status != .completed }

    package var processor: String? { json["processor"]?.string }
    /// The id of the run's group, if the API says so.
    var groupID: String? { json["taskgroup_id"]?.string }
    package var createdAt: String? { json["created_at"]?.string }
    package var modifiedAt: String? { json["modified_at"]?.string }

    /// The run's warnings as text, each with its detail if there is one.
    package var warnings: [String] { Self.warnings(in: json["warnings"]) }

    /// Returns the texts of the warnings in a run's `warnings` member.
    package static func warnings(in json: JSONValue?) -> [String] {
        (json?.array ?? []).compactMap { warning in
            guard let message = warning["message"]?.string ?? warning.string else { return nil }
            guard let detail = warning["detail"], detail != .null, detail != [:] else { return message }
            return "\(message) \(detail.serialized())"
        }
    }

    /// The reason why the run failed; nil if it didn't.
    package var error: APIErrorObject? { json["error"].flatMap(APIErrorObject.init) }
}

/// The status of a run. Not an enum, so that a status that the API adds later is kept.
package struct RunStatus: RawRepresentable, Sendable, Hashable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static let queued = RunStatus(rawValue: "queued")
    package static let running = RunStatus(rawValue: "running")
    package static let cancelling = RunStatus(rawValue: "cancelling")
    package static let completed = RunStatus(rawValue: "completed")
    package static let failed = RunStatus(rawValue: "failed")
    package static let cancelled = RunStatus(rawValue: "cancelled")

    package var isUsuallyActive: Bool { [.queued, .running, .cancelling].contains(self) }
}

/// The `error` object of a failed run or of an error answer: `{ref_id, message, detail}`.
package struct APIErrorObject: Sendable {
    package let message: String
    /// The reference that Parallel's support needs to find the case.
    package let referenceID: String?
    package let detail: JSONValue?

    package init?(_ json: JSONValue) {
        guard let message = json["message"]?.string ?? json.string else { return nil }
        self.message = message
        referenceID = json["ref_id"]?.string
        // In a closure or a ternary, `nil` would mean JSON's null here.
        if let detail = json["detail"], detail != .null, detail != [:] { self.detail = detail } else { detail = nil }
    }
}
