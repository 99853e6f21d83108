import ParallelSystem

/// Ids as words of the command line, whose prefix says what they are the id of.
enum ResourceID {
    enum Kind { case run, group }

    /// The prefixes of ids, what has such an id, and the command that shows it if there is one.
    private static let prefixes: [(prefix: String, what: String, kind: Kind?, command: String?)] = [
        ("trun_", "a run", .run, "task status"), ("taskrun_", "a run", .run, "task status"),
        ("tgrp_", "a group", .group, "batch status"), ("findall_", "a FindAll run", nil, nil),
        ("frun_", "a FindAll run", nil, nil), ("candidate_", "a candidate of FindAll", nil, nil),
        ("entity_set_", "a set of entities", nil, nil), ("monitor_", "a monitor", nil, nil),
        ("mevtgrp_", "a group of a monitor's events", nil, nil), ("mevt_", "an event of a monitor", nil, nil),
        ("search_", "a search", nil, nil), ("extract_", "an extraction", nil, nil), ("session_", "a session", nil, nil),
        ("resp_", "a response", nil, nil), ("ws_resp_", "a response", nil, nil), ("msg_", "a message", nil, nil),
        ("evt_", "an event", nil, nil), ("whevent_", "an event of a webhook", nil, nil),
    ]

    /// Throws if the prefix of `word` says that it is the id of something else than `wanted`. An id with another prefix
    /// is left to the API.
    static func check(_ word: String, is wanted: Kind, in place: String) throws(UsageError) {
        guard let known = prefixes.first(where: { word.begins(with: $0.prefix) }), known.kind != wanted else { return }
        throw UsageError(
            "\(place): '\(word.shortened(to: 60))' is \(known.what), not \(wanted == .run ? "a run" : "a group")",
            hint: known.command.map { "see it with: \(command: "parallel \($0) \(word)")" }
                ?? "there is no command here yet that shows it")
    }
}
