import ParallelAPI
import ParallelSystem

/// Ids as words of the command line, whose prefix says what they are the id of.
enum ResourceID {
    /// The prefixes of ids, what has such an id, and the command that shows it if there is one.
    private static let prefixes: [(prefix: String, what: String, kind: WorkID.Kind?, command: String?)] = [
        ("trun_", "a run", .run, "task status"), ("taskrun_", "a run", .run, "task status"),
        ("tgrp_", "a group", .group, "batch status"), ("findall_", "a FindAll run", .findAll, "findall status"),
        ("frun_", "a FindAll run", .findAll, "findall status"), ("candidate_", "a candidate of FindAll", nil, nil),
        ("entity_set_", "a set of entities", nil, nil), ("monitor_", "a monitor", .monitor, "monitor get"),
        ("mevtgrp_", "a group of a monitor's events", nil, nil), ("mevt_", "an event of a monitor", nil, nil),
        ("search_", "a search", nil, nil), ("extract_", "an extraction", nil, nil), ("session_", "a session", nil, nil),
        ("resp_", "a response", nil, nil), ("ws_resp_", "a response", nil, nil), ("msg_", "a message", nil, nil),
        ("evt_", "an event", nil, nil), ("whevent_", "an event of a webhook", nil, nil),
    ]

    /// Throws if the prefix of `word` says that it is the id of something else than `wanted`. An id with another prefix
    /// is left to the API.
    static func check(_ word: String, is wanted: WorkID.Kind, in place: String) throws(UsageError) {
        guard let known = prefixes.first(where: { word.begins(with: $0.prefix) }), known.kind != wanted else { return }
        throw UsageError(
            "\(place): '\(word.shortened(to: 60))' is \(known.what), not a \(wanted.name)",
            hint: known.command.map { "see it with: \(command: "parallel \($0) \(word)")" }
                ?? "there is no command that shows it")
    }

    /// Returns a word that is the id of a `kind`. Refuses what can't be one, so that a forgotten quote or a file's name
    /// is not sent as one.
    static func checked(_ word: String, is kind: WorkID.Kind, in place: String) throws(UsageError) -> String {
        guard TaskRun.isTypable(word) else {
            let example = kind.rawValue + "9907962f83aa4d9d98fd7f4bf745d654"
            throw UsageError(
                "\(place): '\(UsageError.shown(word).shortened(to: 60))' is no \(kind.name) id; they look like \(example)"
            )
        }
        try check(word, is: kind, in: place)
        return word
    }
}
