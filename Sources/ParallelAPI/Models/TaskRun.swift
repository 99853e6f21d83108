import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// A task run as the API last described it (`GET /v1/tasks/runs/{run_id}`).
///
/// This folder holds the API's nouns, a file each: answers keep the JSON they came as and offer typed views of it, so
/// that unknown fields survive; requests write only what was set.
package struct TaskRun: Sendable {
    /// The object as the API sent it.
    package let json: JSONValue
    package let id: String

    /// Fails when the value has no `run_id`, without which nothing can be done with a run. What begins like a flag is
    /// none: in a command to type it would be one.
    package init?(_ json: JSONValue) {
        guard let id = json["run_id"]?.string, !id.isEmpty, !id.begins(with: "-") else { return nil }
        self.json = json
        self.id = id
    }

    /// Whether `id` can be a run's id and stand in a command line as it is: letters, digits and `_-.:`, at most 200.
    package static func isTypable(_ id: String) -> Bool {
        id.utf8.first?.isASCIILetterOrDigit == true && id.utf8.count <= 200
            && id.utf8.allSatisfy { $0.isASCIILetterOrDigit || "_-.:".utf8.contains($0) }
    }

    package var status: RunStatus { RunStatus(rawValue: json["status"]?.string ?? "unknown") }

    /// Whether waiting can lead anywhere; worked out from the status where the API doesn't say.
    package var isActive: Bool { json["is_active"]?.bool ?? status.isUsuallyActive }

    /// Whether the run is over without having completed, so that no result is to be expected.
    var endedWithoutResult: Bool { !isActive && status != .completed }

    package var processor: String? { json["processor"]?.string }
    /// The group that it belongs to, where the API says so.
    var groupID: String? { json["taskgroup_id"]?.string }
    package var createdAt: String? { json["created_at"]?.string }
    package var modifiedAt: String? { json["modified_at"]?.string }

    /// Texts of the run's warnings as the API has them, each with its detail where there is one.
    package var warnings: [String] { Self.warnings(in: json["warnings"]) }

    /// Texts of the warnings in a run's member of that name.
    package static func warnings(in json: JSONValue?) -> [String] {
        (json?.array ?? []).compactMap { warning in
            guard let message = warning["message"]?.string ?? warning.string else { return nil }
            guard let detail = warning["detail"], detail != .null, detail != [:] else { return message }
            return "\(message) \(detail.serialized())"
        }
    }

    /// Why the run failed; nil unless it did.
    package var error: APIFault? { json["error"].flatMap(APIFault.init) }
}

/// Where a run stands. Open: a status that the API adds later passes through.
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
package struct APIFault: Sendable {
    package let message: String
    /// What support needs to find the case.
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
