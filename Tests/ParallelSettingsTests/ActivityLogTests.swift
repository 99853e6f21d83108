import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(10))) struct ActivityLogTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private var path: String { folder.file("parallel/log.jsonl") }

    private func log(
        _ variables: [String: String] = [:], address: String = APIAddress.preset, isOff: Bool = false,
        profile: String? = nil, budget: Budget? = nil, secrets: KnownSecrets = KnownSecrets(),
        limit: Int = ActivityLog.usualLimit, now: Int = 1_700_000_000, failed: Lock<[String]>? = nil
    ) -> ActivityLog {
        var log = ActivityLog(
            environment: ["XDG_STATE_HOME": folder.path].merging(variables) { $1 }, address: address, isOff: isOff,
            command: "task run", profile: profile, budget: budget, secrets: secrets, limit: limit, now: { now },
            offset: { _ in 0 })
        if let failed { log.failed = { error in failed.withLock { $0.append("\(error.path): \(error.reason)") } } }
        return log
    }

    private func lines() -> [String] {
        (Disk.text(path) ?? "").split(separator: "\n").map(String.init)
    }

    @Test func `an entry is on the disk before its request is sent, and readable by the user alone`() throws {
        let log = log()
        let key = try #require(try log.begin("run", processor: "core", words: "Who?", cost: 25_000))
        #expect(
            lines() == [
                #"{"key":"1700000000.0","time":1700000000,"command":"task run","kind":"run","processor":"core","words":"Who?","cost":25000,"status":"creating"}"#
            ])
        #expect(Disk.mode(path) == 0o600 && Disk.mode(folder.file("parallel")) == 0o700)
        // That is what remains of a process that was killed.
        #expect(try log.entries().map(\.mayExist) == [true])
        log.became(key, "queued", id: "trun_1")
        let entries = try log.entries()
        #expect(entries.map(\.id) == ["trun_1"] && entries[0].status == "queued" && entries[0].cost == 25_000)
    }

    @Test func `what was refused costs nothing`() throws {
        let log = log()
        log.refuse(try log.begin("run", words: "", cost: 25_000))
        #expect(try log.entries().map(\.status) == ["refused"] && log.entries()[0].cost == 0)
    }

    @Test func `words are one line of sixty characters, without secrets and control characters`() throws {
        let secrets = KnownSecrets()
        secrets.hide("key-4711-do-not-show")
        let log = log(secrets: secrets)
        let words = [
            "Who\n\tfounded\u{1B}[31m Intel?", "is key-4711-do-not-show one?", String(repeating: "é", count: 500),
            "  ", "a\u{202E}b\u{0}c",
        ]
        for word in words { _ = try log.begin("run", words: word, cost: 0) }
        let kept = try log.entries().map(\.words)
        #expect(kept[0] == "Who founded [31m Intel?")
        #expect(!kept[1].contains("4711") && kept[1].hasPrefix("is "))
        #expect(kept[2] == String(repeating: "é", count: 59) + "…")
        #expect(kept[3].isEmpty)
        #expect(!(Disk.text(path) ?? "").contains("4711"))
    }

    @Test func `a broken line, and one that was cut off, are left out`() throws {
        let log = log()
        _ = try log.begin("run", words: "one", cost: 0)
        let whole = try #require(Disk.text(path))
        try Directory.create(folder.file("parallel"))
        try folder.write("no json\n\(whole)[1]\n{\"key\":7}\n{\"key\":\"x\"", to: "parallel/log.jsonl")
        #expect(try log.entries().map(\.words) == ["one"])
        // The next line does not continue the torn one.
        _ = try log.begin("run", words: "two", cost: 0)
        #expect(try log.entries().map(\.words) == ["one", "two"])
    }

    @Test func `what broke off is kept beside it, and that is said`() throws {
        var log = log()
        let aside = Lock<[String]>([])
        log.hasSetAside = { path in aside.withLock { $0.append(path) } }
        try Directory.create(folder.file("parallel"))
        let torn = #"{"key":"1","kind":"run","time":1700000000,"cost":7"#
        try folder.write(torn, to: "parallel/log.jsonl")
        _ = try log.begin("run", words: "one", cost: 0)
        #expect(try log.entries().map(\.words) == ["one"])
        #expect(Disk.text(path + ".torn") == torn + "\n" && Disk.mode(path + ".torn") == 0o600)
        #expect(aside.withLock { $0 } == [path + ".torn"])
        _ = try log.begin("run", words: "two", cost: 0)
        #expect(aside.withLock { $0.count } == 1)
    }

    @Test func `lines that can't be read are kept where old entries are added up`() throws {
        try Directory.create(folder.file("parallel"))
        try folder.write("no json\n", to: "parallel/log.jsonl")
        let log = log(limit: 1)
        _ = try log.begin("run", words: "one", cost: 0)
        #expect(Disk.text(path + ".torn") == "no json\n")
        #expect(try log.entries().map(\.words) == ["one"])
    }

    @Test func `numbers that somebody has written into the file can't overflow`() throws {
        try Directory.create(folder.file("parallel"))
        let huge = (0..<20).map {
            #"{"key":"\#($0)","kind":"run","time":9223372036854775807,"cost":9223372036854775807}"#
        }
        try folder.write(huge.joined(separator: "\n") + "\n", to: "parallel/log.jsonl")
        let budget = Budget(limit: 1, period: .month, profile: nil)
        #expect(throws: BudgetError.self) { _ = try log(budget: budget).begin("run", words: "", cost: 1) }
    }

    @Test func `two users of one file both keep their entries`() async throws {
        let count = 40
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask { [self] in
                    let log = log()
                    for number in 0..<count {
                        log.became(
                            try? log.begin("run", words: "\(writer)-\(number)", cost: 1), "queued",
                            id: "t_\(writer)_\(number)")
                    }
                }
            }
        }
        let entries = try log().entries()
        #expect(Set(entries.map(\.words)).count == 4 * count && entries.allSatisfy { $0.id != nil })
    }

    @Test func `it waits for another process a moment, and the call goes on without it`() throws {
        let failed = Lock<[String]>([])
        var log = log(failed: failed)
        // The call waits on a thread that other tests need, too.
        log.patience = 50
        _ = try log.begin("run", words: "one", cost: 0)
        let held = try HeldLock(folder.file("parallel/log.lock"))
        #expect(try log.begin("run", words: "two", cost: 0) == nil)
        #expect(failed.withLock { $0 } == ["\(path): another process holds its lock"])
        held.release()
        #expect(try log.entries().count == 1)
    }

    @Test func `where nothing can be written, the call goes on`() throws {
        try folder.write("", to: "parallel")
        let failed = Lock<[String]>([])
        #expect(try log(failed: failed).begin("run", words: "", cost: 0) == nil)
        #expect(failed.withLock { $0.count } == 1)
    }

    @Test(arguments: [
        [:], ["HOME": "relative"], ["HOME": "/nonexistent"], ["XDG_STATE_HOME": "/dev/null"], ["HOME": "/dev/null"],
    ])
    func `without a place for it, nothing is written or said`(_ environment: [String: String]) throws {
        let failed = Lock<[String]>([])
        var log = ActivityLog(
            environment: environment, address: APIAddress.preset, command: "x", profile: nil, budget: nil,
            secrets: KnownSecrets(), now: { 0 }, offset: { _ in 0 })
        log.failed = { error in failed.withLock { $0.append(error.path) } }
        #expect(try log.begin("run", words: "", cost: 1) == nil)
        log.learned("trun_1", "completed")
        #expect(try log.entries().isEmpty && failed.withLock { $0.isEmpty })
    }

    @Test(arguments: [true, false]) func `it can be off`(byFlag: Bool) throws {
        let log = log(byFlag ? [:] : [ActivityLog.variable: "1"], isOff: byFlag)
        #expect(!log.isOn)
        #expect(try log.begin("run", words: "", cost: 1) == nil)
        #expect(!UserFile.exists(path))
    }

    @Test func `a file that others can read is not used`() throws {
        let log = log()
        _ = try log.begin("run", words: "", cost: 0)
        chmod(path, 0o644)
        #expect(throws: FileError.self) { _ = try log.entries() }
        // No question gets to where others read it.
        let failed = Lock<[String]>([])
        let before = Disk.text(path)
        #expect(try self.log(failed: failed).begin("run", words: "Who?", cost: 0) == nil)
        #expect(Disk.text(path) == before && failed.withLock(\.self) == ["\(path): others can read it"])
    }

    @Test func `with a broken line nobody knows what of a budget is left, and nothing is paid for`() throws {
        let budget = Budget(limit: 1_000_000, period: .day, profile: nil)
        _ = try log().begin("run", words: "", cost: 5)
        try folder.write((Disk.text(path) ?? "") + "{\"key\":\"torn", to: "parallel/log.jsonl")
        chmod(path, 0o600)
        #expect(try log(budget: budget).begin("run", words: "", cost: 5) != nil)
        try folder.write("\u{0}\u{1}\n" + (Disk.text(path) ?? ""), to: "parallel/log.jsonl")
        chmod(path, 0o600)
        #expect(throws: BudgetError.self) { try log(budget: budget).begin("run", words: "", cost: 5) }
    }

    @Test func `the end of a run is learned once, and a run that failed costs nothing`() throws {
        let log = log()
        for id in ["trun_1", "trun_2"] {
            log.became(try log.begin("run", words: "", cost: 5), "queued", id: id)
        }
        log.learned("trun_1", "running")
        #expect(lines().count == 4)
        log.learned("trun_1", "completed")
        log.learned("trun_1", "completed")
        log.learned("trun_2", "failed", isFree: true)
        log.learned("trun_3", "completed")
        #expect(lines().count == 6)
        let entries = try log.entries()
        #expect(entries.map(\.status) == ["completed", "failed"] && entries.map(\.cost) == [5, 0])
        // Another process knows it from the file.
        self.log().learned("trun_2", "completed")
        #expect(lines().count == 6)
    }

    @Test(arguments: [
        (completed: 1, of: 4, status: "completed", cost: 5), (0, 4, "failed", 0), (4, 4, "completed", 20),
        // The other two rows are still to be sent.
        (2, 2, "completed", 20), (0, 0, "queued", 20),
        // Somebody else has added runs, or the server's numbers are none.
        (4, 6, "completed", 20), (2, 8, "completed", 20), (5, 4, "completed", 20), (-1, 4, "completed", 20),
        (.max, .max, "completed", 20),
    ])
    func `rows of a group that failed cost nothing, whenever that is learned`(
        completed: Int, of ended: Int, status: String, cost: Int
    ) throws {
        let log = log()
        log.became(try log.begin("group", words: "", cost: 20, ["rows": 4]), "queued", id: "tgrp_1")
        for _ in 1...2 { log.learned(group: "tgrp_1", completed: completed, of: ended) }
        self.log().learned(group: "tgrp_1", completed: completed, of: ended)
        let entries = try log.entries()
        #expect(entries.map(\.status) == [status] && entries.map(\.cost) == [cost])
    }

    @Test func `the cost of rows at two prices is left as it is`() throws {
        let log = log()
        for (id, cost) in [("tgrp_1", 20), ("tgrp_1", 8)] {
            log.became(try log.begin("group", id: id, words: "", cost: cost, ["rows": 4]), "queued", id: id)
        }
        log.learned(group: "tgrp_1", completed: 4, of: 8)
        #expect(try log.entries().map(\.cost) == [20, 8])
    }

    @Test func `each address has entries of its own`() throws {
        _ = try log().begin("run", words: "real", cost: 0)
        _ = try log(address: "http://127.0.0.1:8080").begin("run", words: "sandbox", cost: 0)
        #expect(try log().entries().map(\.words) == ["real"])
        #expect(try log(address: "http://127.0.0.1:8080").entries().map(\.words) == ["sandbox"])
    }

    @Test func `old entries are added up by day, and no cost is lost`() throws {
        try Directory.create(folder.file("parallel"))
        let day = 86_400
        let many = (0..<ActivityLog.capacity + 500).map { number in
            let isUncertain = number == 7
            return
                #"{"key":"k\#(number)","time":\#(number % 2 * day),"command":"search","kind":"search","id":"s_\#(number)","words":"w","#
                + (number == 9 ? "" : #""cost":1000,"#) + #""status":"\#(isUncertain ? "creating" : "done")"}"#
        }
        try folder.write(many.joined(separator: "\n") + "\n", to: "parallel/log.jsonl")
        let log = log(limit: 1_000, now: 5 * day)
        _ = try log.begin("run", words: "new", cost: 1_000)
        let entries = try log.entries()
        // The new one, two thousand less one, the uncertain one, and a sum for each day and for unknown prices.
        #expect(entries.count == ActivityLog.capacity + 1 + 3)
        #expect(entries.reduce(0) { $0 + ($1.cost ?? 0) } == (ActivityLog.capacity + 500) * 1_000)
        #expect(entries.reduce(0) { $0 + $1.count } == ActivityLog.capacity + 501)
        #expect(entries.count { $0.kind == ActivityLog.sum } == 3 && entries.count(where: \.mayExist) == 2)
        #expect(Disk.mode(path) == 0o600)
        // What one of them learns late changes no sum.
        log.change("k0", ["cost": 0])
        #expect(try log.entries().reduce(0) { $0 + ($1.cost ?? 0) } == (ActivityLog.capacity + 500) * 1_000)
        // Sums are added up again.
        _ = try log.begin("run", words: "newer", cost: 1_000)
        #expect(try log.entries().count { $0.kind == ActivityLog.sum } == 3)
        #expect(try log.entries().reduce(0) { $0 + $1.count } == ActivityLog.capacity + 502)
    }

    // MARK: - Budgets

    @Test func `a budget pays up to its limit, and what was given back can be spent again`() throws {
        let budget = Budget(limit: 50_000, period: .day, profile: nil)
        let log = log(budget: budget)
        let first = try log.begin("run", words: "", cost: 25_000)
        _ = try log.begin("run", words: "", cost: 25_000)
        let refusal = #expect(throws: BudgetError.self) { _ = try log.begin("run", words: "", cost: 1) }
        guard case .exceeded(50_000, 1)? = refusal?.reason else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        // What costs nothing is not its business.
        _ = try log.begin("group", words: "", cost: 0)
        log.refuse(first)
        _ = try log.begin("run", words: "", cost: 25_000)
        #expect(throws: BudgetError.self) { try log.check(1) }
    }

    @Test func `several users of one budget can't spend it twice`() async throws {
        let budget = Budget(limit: 10, period: .day, profile: nil)
        let passed = Lock(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [self] in
                    for _ in 0..<5 where (try? log(budget: budget).begin("run", words: "", cost: 1)) ?? nil != nil {
                        passed.withLock { $0 += 1 }
                    }
                }
            }
        }
        #expect(passed.withLock { $0 } == 10)
    }

    @Test func `without a log or a price, a budget lets nothing pass`() throws {
        let budget = Budget(limit: 50_000, period: .day, profile: nil)
        func reason(_ log: ActivityLog, _ cost: Int?) -> String {
            do throws(BudgetError) {
                _ = try log.begin("run", words: "", cost: cost)
                return "none"
            } catch {
                return "\(error.reason)".prefix { $0 != "(" }.description
            }
        }
        #expect(reason(log(budget: budget), nil) == "unpriced")
        #expect(reason(log(isOff: true, budget: budget), 1) == "noLog")
        #expect(reason(log(["XDG_STATE_HOME": "/dev/null"], budget: budget), 1) == "noLog")
        #expect(reason(log(isOff: true, budget: budget), 0) == "none")
        let blocked = try folder.write("", to: "blocked")
        #expect(reason(log(["XDG_STATE_HOME": blocked], budget: budget), 1) == "unusable")
    }

    @Test func `a profile's budget counts what that profile spends`() throws {
        _ = try log(profile: "work").begin("run", words: "", cost: 9)
        _ = try log().begin("run", words: "", cost: 5)
        let ofWork = Budget(limit: 10, period: .day, profile: "work")
        #expect(try log(budget: ofWork).spent(of: ofWork) == 9)
        let ofAll = Budget(limit: 10, period: .day, profile: nil)
        #expect(try log(budget: ofAll).spent(of: ofAll) == 14)
    }

    /// Days since 1970: 2026-11-30 is a Monday, 2026-12-01 begins a month.
    @Test(arguments: [
        (Budget.Period.day, "2026-11-30", "2026-11-30", true), (.day, "2026-11-29", "2026-11-30", false),
        (.week, "2026-11-30", "2026-12-06", true), (.week, "2026-11-29", "2026-11-30", false),
        (.month, "2026-12-01", "2026-12-31", true), (.month, "2026-11-30", "2026-12-01", false),
        (.month, "2028-02-01", "2028-02-29", true), (.month, "1970-01-01", "1970-01-31", true),
    ])
    func `days, weeks and months are those of the calendar`(
        _ period: Budget.Period, _ spent: String, _ now: String, _ counts: Bool
    ) throws {
        func seconds(_ date: String) throws -> Int {
            let parts = date.split(separator: "-").compactMap { Int($0) }
            return try #require(LocalDay.number(year: parts[0], month: parts[1], day: parts[2])) * 86_400
        }
        let zone = -5 * 3_600
        // One second before local midnight, and one after.
        let entry = ActivityEntry(["time": .number(JSONNumber(try seconds(spent) - zone + 86_399)), "cost": 7])
        let budget = Budget(limit: 1, period: period, profile: nil)
        let sum = budget.spent([entry], now: try seconds(now) - zone + 86_399, offset: { _ in zone })
        #expect(sum == (counts ? 7 : 0))
    }

    @Test(arguments: [(2026, 2, 29), (2026, 13, 1), (1969, 12, 31), (2026, 4, 31), (2026, 1, 0)])
    func `a day that no calendar has is none`(year: Int, month: Int, day: Int) {
        #expect(LocalDay.number(year: year, month: month, day: day) == nil)
    }
}
