import ParallelAPI
import ParallelSettings
import ParallelSystem

/// The ids in the log of this machine, by which words like `@last` and `@2` are replaced where an id stands.
struct RecentIDs {
    let log: ActivityLog

    init(log: ActivityLog) { self.log = log }

    /// - Parameter address: where requests go, as its entries alone are meant.
    init(environment: [String: String], address: String?) {
        let usual = (try? APIAddress(environment: environment))?.text ?? APIAddress.preset
        let given = address.flatMap { try? APIAddress($0, from: .preset).text }
        log = ActivityLog(
            environment: environment, address: given ?? usual, command: "", profile: nil, budget: nil,
            secrets: KnownSecrets(), now: { 0 }, offset: { _ in 0 })
    }

    /// Returns the place from the end that `word` means: 1 for `@last` and `@1`; nil if it is something else.
    static func place(_ word: String) -> Int? {
        if word == "@last" { return 1 }
        guard word.begins(with: "@"), let place = Int(word.dropping(bytes: 1)), (1...99_999).contains(place),
            "@\(place)".isExactly(word)
        else { return nil }
        return place
    }

    /// Returns the entry that `word` means. Throws if there is none.
    func entry(_ word: String, _ place: Int, of kind: String) throws(InvalidValue) -> ActivityEntry {
        let all: [ActivityEntry]
        do throws(FileError) {
            all = Self.numbered(try log.entries(), of: kind).compactMap { $0.entry.id == nil ? nil : $0.entry }
        } catch {
            throw InvalidValue("\(word): the log can't be read: \(error.path): \(error.reason)")
        }
        guard place <= all.count else {
            let name = WorkID.Kind.allCases.first { $0.rawValue == kind + "_" }?.name ?? kind
            throw InvalidValue(
                "\(word): the log of this machine has \(all.isEmpty ? "no \(name)" : "only \(counted(all.count, name))")",
                hint: "'task list --kind \(kind)' shows what it has")
        }
        return all[place - 1]
    }

    /// Returns the newest run. Throws if there is none.
    func newestRun() throws(UsageError) -> ActivityEntry {
        do throws(InvalidValue) {
            return try entry("@last", 1, of: "run")
        } catch {
            throw UsageError(error.reason, hint: error.hint)
        }
    }

    /// Returns the entries of a kind, the newest first, those of one id together at the place of its first one; each
    /// with the number that stands for its id.
    ///
    /// - Parameter kind: nil for all; then there are no numbers.
    static func numbered(
        _ entries: [ActivityEntry], of kind: String?
    ) -> [(number: Int?, entry: ActivityEntry, cost: Int?)] {
        var found: [(number: Int?, entry: ActivityEntry, cost: Int?)] = []
        var places: [ExactText: Int] = [:]
        for entry in entries where entry.kind != ActivityLog.sum && (kind ?? entry.kind) == entry.kind {
            if let id = entry.id, let place = places[ExactText(id)] {
                let before = found[place].cost
                found[place].cost = before.flatMap { sum in entry.cost.map { sum + $0 } }
                continue
            }
            entry.id.map { places[ExactText($0)] = found.count }
            found.append((nil, entry, entry.cost))
        }
        found.reverse()
        var number = 0
        for index in found.indices where kind != nil && found[index].entry.id != nil {
            number += 1
            found[index].number = number
        }
        return found
    }

    /// What is said of the id that a word stands for: `@last is run trun_1: Who founded Intel?`.
    static func note(_ word: String, _ entry: ActivityEntry) -> String {
        "\(word) is \(entry.kind) \(entry.id ?? "")" + (entry.words.isEmpty ? "" : ": \(entry.words)")
    }
}
