package import ParallelJSON
package import ParallelSystem

/// The log of what this machine has started and paid for: `log.jsonl` in the folder for state.
///
/// Lines of JSON, which are only appended; a later line with the key of an earlier one changes its members. An entry is
/// there before its request is sent, so that it stays if the answer is lost or the process is killed. Writing happens
/// under a lock between processes, and never fails a call, unless a budget depends on it.
package struct ActivityLog: Sendable {
    /// Turns the log off, unless it is empty.
    package static let variable = "PARALLEL_NO_LOG"
    /// The states that are not the API's.
    package static let creating = "creating"
    package static let uncertain = "may exist"
    package static let refused = "refused"
    /// The last states of what this machine began.
    private static let ends = ["completed", "failed", "cancelled"]
    /// The kind of an entry that holds the sum of several.
    package static let sum = "sum"

    /// The number of entries that are kept, besides those that may exist without an id; older ones are added up.
    static let capacity = 2_000
    /// The size of the file in bytes above which old entries are added up.
    static let usualLimit = 2 << 20

    /// The file; nil if the environment names no place for it.
    private let path: String?
    /// Whether calls are written down.
    package let isOn: Bool
    /// The address of the API, among whose entries alone ids and costs are looked for; nil for the usual one.
    private let address: String?
    /// The command that makes the calls.
    package var command: String
    private let profile: String?
    package let budget: Budget?
    private let secrets: KnownSecrets
    private let now: @Sendable () -> Int
    private let offset: @Sendable (Int) -> Int
    private let limit: Int
    /// How many milliseconds another process may hold the lock.
    var patience = 5_000
    /// Learns why the log can't be written.
    package var failed: @Sendable (FileError) -> Void = { _ in }
    /// A call that was put down, with what it costs in millionths of a USD; without a key where the log is off.
    package typealias PaidEntry = (key: String?, cost: Int?)
    /// Learns of each call that is put down or would be, for a sum over several commands; nil for none.
    package var paid: Lock<[PaidEntry]>?
    /// Learns the file that keeps what could not be read of the log, once that is taken out of it.
    package var hasSetAside: @Sendable (_ path: String) -> Void = { _ in }
    /// The keys of entries that have not ended, by their ids; nil before they are read.
    private let open = Lock<[ExactText: String]?>(nil)

    /// - Parameters:
    ///   - isOff: whether the command line turns it off.
    ///   - limit: the size above which the file is made smaller.
    package init(
        environment: [String: String], address: String, isOff: Bool = false, command: String, profile: String?,
        budget: Budget?, secrets: KnownSecrets, limit: Int = ActivityLog.usualLimit,
        now: @escaping @Sendable () -> Int, offset: @escaping @Sendable (Int) -> Int
    ) {
        path = Self.folder(environment).map { $0 + "/log.jsonl" }
        isOn = !isOff && (environment[Self.variable] ?? "").isEmpty
        self.address = address.isExactly(APIAddress.preset) ? nil : address
        (self.command, self.profile, self.budget, self.secrets) = (command, profile, budget, secrets)
        (self.limit, self.now, self.offset) = (limit, now, offset)
    }

    /// Returns the folder for state; nil if nothing is kept: users of services often have a home that does not exist,
    /// or /dev/null.
    package static func folder(_ environment: [String: String]) -> String? {
        let isKept =
            environment["XDG_STATE_HOME"]?.begins(with: "/") == true || UserFile.exists(environment["HOME"] ?? "")
        guard isKept, let folder = XDGPaths(environment: environment).state else { return nil }
        return folder.begins(with: "/dev/null/") ? nil : folder
    }

    // MARK: - Writing

    /// Puts down what is about to be sent, and returns the key for what becomes of it; nil if nothing is put down.
    /// Throws `BudgetError`, and then nothing was put down.
    ///
    /// - Parameters:
    ///   - cost: in millionths of a USD; nil if nobody can say.
    ///   - members: further members of the entry.
    package func begin(
        _ kind: String, id: String? = nil, processor: String? = nil, words: String, cost: Int?,
        _ members: JSONObject = [:]
    ) throws(BudgetError) -> String? {
        guard isOn, let path else {
            try check(cost)
            paid?.withLock { $0.append((nil, cost)) }
            return nil
        }
        var entry: JSONObject = [
            "key": "", "time": .number(JSONNumber(now())), "command": .string(command), "kind": .string(kind),
        ]
        entry["id"] = id.map(JSONValue.string)
        entry["processor"] = processor.map { .string(Self.line(of: $0, secrets)) }
        entry["words"] = .string(Self.line(of: words, secrets))
        entry["cost"] = cost.map { .number(JSONNumber($0)) }
        entry["status"] = .string(Self.creating)
        entry["profile"] = profile.map(JSONValue.string)
        entry["at"] = address.map(JSONValue.string)
        entry.members += members.members
        do {
            let key = try locked(path) { file in
                try check(cost)
                let key = "\(now()).\(file.size)"
                entry["key"] = .string(key)
                try file.append(JSONValue.object(entry).bytes())
                try file.flush()
                if file.size > limit { try compact(path) }
                return key
            }
            paid?.withLock { $0.append((key, cost)) }
            return key
        } catch let error as BudgetError {
            throw error
        } catch {
            let error = error as? FileError ?? FileError(path: path, reason: "it can't be written")
            if let budget, cost != 0 { throw BudgetError(budget: budget, reason: .unusable(error)) }
            failed(error)
            paid?.withLock { $0.append((nil, cost)) }
            return nil
        }
    }

    /// Returns what calls cost together, in millionths of a USD, by what the log has learned of them since.
    ///
    /// `count` is how many of them cost something, and `unknown` how many of these a cost that nobody can say.
    package func sum(of paid: [PaidEntry]) -> (cost: Int, count: Int, unknown: Int) {
        let entries = ((try? all()) ?? []).map { ($0.key, $0.cost) }
        let learned = Dictionary(entries) { first, _ in first }
        let costs = paid.map { entry in entry.key.flatMap { learned[$0] } ?? entry.cost }
        return (costs.reduce(0) { $0 + ($1 ?? 0) }, costs.count { $0 != 0 }, costs.count { $0 == nil })
    }

    /// Throws `BudgetError` if the budget can't pay for what costs this much, in millionths of a USD; nil if nobody can
    /// say. Reserves nothing.
    package func check(_ cost: Int?) throws(BudgetError) {
        guard let budget, cost != 0 else { return }
        func refusal(_ reason: BudgetError.Reason) -> BudgetError { BudgetError(budget: budget, reason: reason) }
        if !isOn || path == nil { throw refusal(.noLog) }
        guard let cost else { throw refusal(.unpriced) }
        let spent: Int
        do throws(FileError) {
            spent = try self.spent(of: budget, isWhole: true)
        } catch {
            throw refusal(.unusable(error))
        }
        if spent + cost > budget.limit { throw refusal(.exceeded(spent: spent, cost: cost)) }
    }

    /// What was spent of a budget, in millionths of a USD.
    ///
    /// - Parameter isWhole: whether a broken line is an error, since it may be of something that was paid for.
    package func spent(of budget: Budget, isWhole: Bool = false) throws(FileError) -> Int {
        budget.spent(try entries(isWhole: isWhole), now: now(), offset: offset)
    }

    /// Changes an entry; nil stands for none.
    package func change(_ key: String?, _ members: JSONObject) {
        guard let key, let path, !members.isEmpty else { return }
        do {
            try locked(path) { file in
                var line: JSONObject = ["key": .string(key)]
                line.members += members.members
                try file.append(JSONValue.object(line).bytes())
                try file.flush()
            }
        } catch {
            if let error = error as? FileError { failed(error) }
        }
    }

    /// Changes an entry whose request has had its answer.
    package func became(_ key: String?, _ status: String, id: String? = nil, _ members: JSONObject = [:]) {
        guard let key else { return }
        var changes: JSONObject = ["status": .string(status)]
        if let id {
            changes["id"] = .string(id)
            open.withLock { if $0?[ExactText(id)] == nil { $0?[ExactText(id)] = key } }
        }
        changes.members += members.members
        change(key, changes)
    }

    /// Takes an entry back whose request had no effect, so that it cost nothing.
    package func refuse(_ key: String?) {
        became(key, Self.refused, ["cost": 0])
        if key == nil { paid?.withLock { paid in paid.lastIndex { $0.key == nil }.map { _ = paid.remove(at: $0) } } }
    }

    /// Learns the state of something; writes it down if that is the last one of something that this machine began.
    ///
    /// - Parameter isFree: whether it costs nothing, as a run that failed.
    package func learned(_ id: String, _ status: String, isFree: Bool = false) {
        guard isOn, path != nil, Self.ends.contains(status) else { return }
        if open.withLock({ $0 == nil }) {
            var keys: [ExactText: String] = [:]
            for entry in (try? entries()) ?? [] where !Self.ends.contains(entry.status) {
                // What was added to it later has entries of the same id.
                if let id = entry.id, keys[ExactText(id)] == nil { keys[ExactText(id)] = entry.key }
            }
            open.withLock { [keys] in $0 = $0 ?? keys }
        }
        guard let key = open.withLock({ $0?.removeValue(forKey: ExactText(id)) }) else { return }
        change(key, isFree ? ["status": .string(status), "cost": 0] : ["status": .string(status)])
    }

    /// Puts down how something has ended, and that it cost no more than this altogether, in millionths of a USD; nil if
    /// nobody can say.
    package func settle(_ id: String, _ status: String, cost: Int?) {
        guard isOn, let mine = try? entries().filter({ $0.id?.isExactly(id) == true }), let last = mine.last else {
            return
        }
        let before = mine.dropLast().reduce(0) { $0 + ($1.cost ?? 0) }
        became(mine[0].key, status)
        guard let cost, let reserved = last.cost, case let rest = max(0, cost - before), rest < reserved else { return }
        change(last.key, ["cost": .number(JSONNumber(rest))])
    }

    /// Learns that no run of a group is active. Once all rows of its batch have ended, those that failed cost nothing.
    package func learned(group id: String, completed: Int, of ended: Int) {
        guard isOn, ended > 0, let mine = try? entries().filter({ $0.id?.isExactly(id) == true }),
            let first = mine.first, !Self.ends.contains(first.status)
        else { return }
        let paid = mine.filter { $0.cost != 0 }
        // Runs of another entry, of another machine or of `group add` may have failed instead, or had another price.
        guard paid.count == 1, paid[0].rows == ended, (0...ended).contains(completed), let cost = paid[0].cost,
            case let (sum, isTooLarge) = cost.multipliedReportingOverflow(by: completed), !isTooLarge
        else { return learned(id, "completed") }
        settle(id, completed > 0 ? "completed" : "failed", cost: sum / ended)
    }

    /// What was put down for an id so far, in millionths of a USD.
    package func spent(on id: String) -> Int {
        ((try? entries()) ?? []).reduce(0) { $1.id?.isExactly(id) == true ? $0 + ($1.cost ?? 0) : $0 }
    }

    /// Does `body` with the file, while no other process writes to it.
    private func locked<Value>(_ path: String, _ body: (LineFile) throws -> Value) throws -> Value {
        // Questions must not get to where others read them.
        try LineFile.withPrivate(
            path, lock: Directory.containing(path) + "/log.lock", milliseconds: patience,
            onTorn: { torn throws(FileError) in try setAside(torn, path) }, body)
    }

    /// Keeps lines that can't be read beside the log, where somebody may look what was lost.
    private func setAside(_ lines: [UInt8], _ path: String) throws(FileError) {
        if lines.isEmpty { return }
        try UserFile.appendPrivate(lines, to: path + ".torn")
        hasSetAside(path + ".torn")
    }

    /// The first sixty characters of a text on one line, with secrets masked.
    private static func line(of text: String, _ secrets: KnownSecrets) -> String {
        // A question may be a book.
        let start = secrets.masked(text.shortened(to: 4_000))
        var line = String.UnicodeScalarView()
        for scalar in start.unicodeScalars {
            let isBlank = scalar.properties.generalCategory == .control || scalar.properties.isWhitespace
            if isBlank, line.last.map({ $0 == " " }) ?? true { continue }
            if line.count == 59 {
                line.append("…")
                break
            }
            line.append(isBlank ? " " : scalar)
        }
        return String(String(line).trimmed)
    }

    // MARK: - Reading

    /// Returns the entries of the address in use, the oldest first. Broken lines are left out. Throws `FileError`, also
    /// for a file that others can read.
    ///
    /// - Parameters:
    ///   - end: how many bytes at the end of the file are looked at; nil for all.
    ///   - isWhole: see `spent`.
    package func entries(atEnd end: Int? = nil, isWhole: Bool = false) throws(FileError) -> [ActivityEntry] {
        try all(atEnd: end, isWhole: isWhole).filter { $0.address == address }
    }

    /// What a killed process has left of a last line is no broken one: its request was not sent.
    private func all(atEnd end: Int? = nil, isWhole: Bool = false) throws(FileError) -> [ActivityEntry] {
        guard let path, UserFile.exists(path) else { return [] }
        let bytes = try UserFile.readPrivate(path)
        var entries: [ActivityEntry] = []
        var places: [String: Int] = [:]
        for line in bytes.suffix(end ?? bytes.count).split(separator: 0x0A) {
            guard let entry = ActivityEntry(line) else {
                if isWhole, line.endIndex < bytes.endIndex { throw FileError(path: path, reason: "it is damaged") }
                continue
            }
            if let place = places[entry.key] {
                entries[place].take(entry.json)
            } else if entry.json["kind"] != nil {
                places[entry.key] = entries.count
                entries.append(entry)
            }
        }
        return entries
    }

    /// Adds up the oldest entries, so that the file is small and no cost is lost. Those that may exist without anybody
    /// knowing their id stay.
    private func compact(_ path: String) throws {
        let lines = try UserFile.readPrivate(path).split(separator: 0x0A)
        try setAside(lines.filter { ActivityEntry($0) == nil }.flatMap { $0 + [0x0A] }, path)
        let all = try all()
        var kept: [ActivityEntry] = []
        var sums: [String: Int] = [:]
        for (place, entry) in all.enumerated() {
            let age = all.count - place
            let isKept = age <= Self.capacity || entry.mayExist && age <= 2 * Self.capacity
            guard entry.kind == Self.sum || !isKept else {
                kept.append(entry)
                continue
            }
            let day = LocalDay.number(of: entry.time, offset)
            let words = [
                entry.command, entry.processor, entry.profile, entry.address ?? "", entry.cost == nil ? "?" : "",
            ]
            let name = "\(day) " + words.joined(separator: "\t")
            guard let sum = sums[name] else {
                sums[name] = kept.count
                var first = entry
                for member in ["id", "words", "status", "interaction"] { first.json[member] = nil }
                if entry.kind != Self.sum {
                    // What an unfinished call learns later must not change the sum.
                    first.json["key"] = .string("\(entry.key) and others")
                }
                first.json["kind"] = .string(Self.sum)
                kept.append(first)
                continue
            }
            kept[sum].json["count"] = .number(JSONNumber(kept[sum].count + entry.count))
            if let cost = entry.cost {
                kept[sum].json["cost"] = .number(JSONNumber((kept[sum].cost ?? 0) + cost))
            }
        }
        var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
        try file.write(kept.flatMap(\.line))
        try file.commit(replacing: true)
    }
}
