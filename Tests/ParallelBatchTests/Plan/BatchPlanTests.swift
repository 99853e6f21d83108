import ParallelAPI
import ParallelJSON
import TestSupport
import Testing

@testable import ParallelBatch

struct BatchPlanTests {
    private static let input = {
        var input = BatchInput(format: .csv, rowCount: 12, fingerprint: "00ff")
        input.columns = [InputColumn(title: "a", name: "a")]
        return input
    }()

    private static func plan(
        _ input: BatchInput = input, _ rowInput: RowInput = .columns(nil), shard: String? = nil,
        _ change: (inout TaskRunRequest) -> Void = { _ in }
    ) throws -> BatchPlan {
        var task = TaskRunRequest(input: "row")
        change(&task)
        return try BatchPlan(task, rowInput, input, RowSelection(of: input, shard: shard.flatMap(Shard.init)))
    }

    // MARK: - Going on

    private static let others: [(difference: BatchPlan.Difference, plan: @Sendable () throws -> BatchPlan)] = [
        (.rowCount(before: 12, now: 13), { try plan(changed { $0.rowCount = 13 }) }),
        (.rows(count: 12), { try plan(changed { $0.fingerprint = "00fe" }) }),
        (.part(.processor, member: nil), { try plan { $0.processor = "pro" } }),
        (.part(.schema, member: "output_schema"), { try plan { $0.outputSchema = ["type": "text"] } }),
        (.part(.task, member: "metadata"), { try plan { $0.metadata = [("a", "b")] } }),
        (.part(.shard, member: nil), { try plan(shard: "1/1") }),
        (.part(.columns, member: nil), { try plan(input, .columns(["a"])) }),
        (.part(.format, member: nil), { try plan(changed { $0.format = .tsv }) }),
    ]

    private static func changed(_ change: (inout BatchInput) -> Void) -> BatchInput {
        var input = input
        change(&input)
        return input
    }

    @Test(arguments: others.indices)
    func `a batch is resumed only with the same plan`(index: Int) throws {
        let header = try Self.plan().header(group: "g", source: nil)
        try Self.plan().check(against: header)
        #expect(throws: Self.others[index].difference) { try Self.others[index].plan().check(against: header) }
    }

    @Test func `another template is another batch`() throws {
        func plan(_ template: String) throws -> BatchPlan { try Self.plan(Self.input, .template(Template(template))) }
        let header = try plan("{a}?").header(group: "g", source: nil)
        try plan("{a}?").check(against: header)
        #expect(throws: BatchPlan.Difference.part(.template, member: nil)) { try plan("{a}!").check(against: header) }
        #expect(throws: BatchPlan.Difference.part(.template, member: nil)) { try Self.plan().check(against: header) }
    }

    @Test(arguments: [0, 255, 256, 3_000]) func `a group tells how rows became inputs, within the limits of metadata`(
        length: Int
    ) throws {
        let text = "{a}" + String(repeating: "\u{1F600}", count: length)
        let plan = try Self.plan(Self.input, .template(Template(text)))
        for (_, value) in plan.notes.json.map({ ($0.key, $0.value) }) {
            #expect((value.string?.utf16.count ?? 0) <= TaskRunRequest.maximumMetadataValueLength)
        }
        let group: JSONValue = ["taskgroup_id": "g", "metadata": .object(plan.notes.json)]
        let notes = try #require(TaskGroup(group).flatMap(GroupNotes.init))
        #expect(notes.rowParts?[.template]?.string == text)
        #expect(notes.rowParts?[.inputRoom]?.int == plan.task.roomForInput)
    }

    @Test(arguments: [(nil, 12, 9), ("1/2", 6, 4), ("2/2", 6, 5)] as [(String?, Int, Int)])
    func `a group is not missing the rows that were known to have no run`(shard: String?, rows: Int, runs: Int) throws {
        let input = Self.changed { input in
            input.unsentRows = [0, 2, 5].map { UnsentRow(row: $0, cause: .blank, reason: "") }
        }
        func share(_ plan: BatchPlan) throws -> Int? {
            let group: JSONValue = ["taskgroup_id": "g", "metadata": .object(plan.notes.json)]
            return try GroupNotes(#require(TaskGroup(group)))?.share
        }
        #expect(try share(Self.plan(shard: shard)) == rows)
        #expect(try share(Self.plan(input, shard: shard)) == runs)
    }

    @Test func `secrets of a task are not written down`() throws {
        let plan = try Self.plan { $0.webhookURL = "https://hook.example/?token=s3cret" }
        let header = plan.header(group: "g", source: nil)
        #expect(!header.json.serialized().contains("s3cret"))
    }

    @Test func `a request for a row says which row it is`() throws {
        let plan = try Self.plan { $0.metadata = [("team", "x")] }
        let request = try plan.request(for: SpooledRow(index: 6, json: Array(#"["Intel"]"#.utf8)[...]))
        #expect(request.input == ["a": "Intel"])
        #expect(request.metadata.map { "\($0.key)=\($0.value)" } == ["team=x", "parallel_row=7"])
    }

    // MARK: - Selection

    private static let selections: [(shard: String?, limit: Int?, rows: [Int], isWhole: Bool)] = [
        (nil, nil, Array(0..<12), true), (nil, 3, [0, 1, 2], false), (nil, 12, Array(0..<12), true),
        (nil, 99, Array(0..<12), true), ("2/5", nil, [1, 6, 11], true), ("2/5", 7, [1, 6], false),
        ("1/1", nil, Array(0..<12), true), ("12/12", nil, [11], true),
    ]

    @Test(arguments: selections.indices)
    func `rows are selected by shard and limit`(index: Int) throws {
        let (shard, limit, rows, isWhole) = Self.selections[index]
        let selection = try RowSelection(of: Self.input, shard: shard.flatMap(Shard.init), limit: limit)
        #expect((0..<12).filter(selection.contains) == rows)
        #expect(selection.count == rows.count && selection.isWhole == isWhole)
    }

    @Test(arguments: [(nil, 5), ("2/3", 2), ("2/3", 99)])
    func `a sample is the same each time for the same input, and within the shard`(shard: String?, size: Int) throws {
        func sample(of input: BatchInput) throws -> [Int] {
            let shard = shard.flatMap(Shard.init)
            let selection = try RowSelection(of: input, shard: shard, sample: size)
            let rows = (0..<input.rowCount).filter(selection.contains)
            #expect(rows.count == selection.count && selection.isWhole == (size == 99))
            #expect(rows.allSatisfy { shard?.contains($0) ?? true })
            return rows
        }
        let rows = try sample(of: Self.input)
        #expect(try sample(of: Self.input) == rows)
        let others = try (0..<20).map { number in
            try sample(of: Self.changed { $0.fingerprint = "other \(number)" })
        }
        #expect(size == 99 || others.contains { $0 != rows })
    }

    @Test func `a selection without rows is refused`() {
        #expect(throws: RowSelection.Failure.shardIsEmpty) {
            try RowSelection(of: Self.input, shard: Shard("13/13"))
        }
        #expect(throws: RowSelection.Failure.limitIsBeforeShard) {
            try RowSelection(of: Self.input, shard: Shard("5/5"), limit: 4)
        }
    }

    @Test(arguments: ["", "1", "/", "0/2", "3/2", "1/10001", "a/b", "1/2/3", "-1/2"])
    func `other text is no shard`(text: String) { #expect(Shard(text) == nil) }

    @Test(arguments: [(11, "2/3", 4), (11, "3/3", 3), (2, "3/3", 0), (0, "1/2", 0), (10_000, "10000/10000", 1)])
    func `the shares of all shards are the whole`(rows: Int, text: String, share: Int) throws {
        let shard = try #require(Shard(text))
        #expect(shard.share(of: rows) == share && (0..<rows).count(where: shard.contains) == share)
    }

    // MARK: - Cost

    @Test func `the cost of a plan is that of its processor, as far as it is known`() throws {
        let estimate = try Self.plan { $0.processor = "core" }.estimate(rows: 10)
        #expect(estimate.cost == Cost(thousandths: 250) && estimate.seconds == 60...300)
        let unknown = try Self.plan { $0.processor = "unheard-of" }.estimate(rows: 10)
        #expect(unknown.cost == nil && unknown.seconds == nil)
    }
}
