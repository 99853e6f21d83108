package import ParallelJSON
import ParallelSystem

/// What this machine has started or paid for, as a line of the log: a run, a group, a search.
package struct ActivityEntry: Sendable {
    /// The members of its lines, of which a later one counts before an earlier one.
    package internal(set) var json: JSONObject

    /// Reads a line; nil if it is none, as after a crash of the machine.
    init?(_ line: ArraySlice<UInt8>) {
        guard let json = (try? JSONValue.parse(Array(line)))?.object, json["key"]?.string != nil else { return nil }
        self.json = json
    }

    init(_ json: JSONObject) { self.json = json }

    /// Tells the entry from all others.
    var key: String { text("key") }
    /// When it was begun, in seconds since 1970.
    package var time: Int { min(max(0, json["time"]?.int ?? 0), Self.most) }
    /// The name of the command.
    package var command: String { text("command") }
    /// What was started, such as `run`, `group` or `search`; `sum` for what several old entries were added up to.
    package var kind: String { text("kind") }
    package var id: String? { json["id"]?.string }
    /// The id by which a later run goes on from it, where that is another one.
    package var interaction: String? { json["interaction"]?.string }
    package var processor: String { text("processor") }
    /// The beginning of the question.
    package var words: String { text("words") }
    /// The most that it costs at list prices, in millionths of a USD; nil if nobody can say.
    package var cost: Int? { json["cost"]?.int.map { min(max(0, $0), Self.most) } }
    /// How many rows a batch has; nil for anything else.
    package var rows: Int? { json["rows"]?.int }
    /// The file of a batch's results; nil where there is none.
    package var output: String? { json["output"]?.string }
    /// How many calls a sum was made of.
    package var count: Int { min(max(1, json["count"]?.int ?? 1), Self.most) }
    /// A limit for numbers, so that no sum of those in a file that somebody has changed can overflow.
    private static let most = 1_000_000_000_000
    package var profile: String { text("profile") }

    /// Whether it was started with a profile; nil stands for any, and `default` for none, too.
    package func isOf(profile: String?) -> Bool {
        guard let profile else { return true }
        return self.profile.isExactly(profile) || self.profile.isEmpty && profile.isExactly("default")
    }

    var address: String? { json["at"]?.string }

    /// Its state as the API last told it, `refused`, or `may exist` as long as there is no answer.
    package var status: String {
        let status = text("status")
        return status == ActivityLog.creating ? ActivityLog.uncertain : status
    }

    package var mayExist: Bool { status == ActivityLog.uncertain }

    private func text(_ member: String) -> String { json[member]?.string ?? "" }

    /// Takes the members of a later line.
    mutating func take(_ later: JSONObject) {
        for member in later { json[member.key] = member.value }
    }

    /// Its line, with the line break.
    var line: [UInt8] { JSONValue.object(json).bytes() + [0x0A] }
}
