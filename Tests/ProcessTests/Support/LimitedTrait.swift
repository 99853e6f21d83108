import Testing

/// Lets only a few tests run at once, since each starts several programs: with all of them at the same time, every wait
/// would take as long as the whole suite. A test that hangs is told of.
struct LimitedTrait: SuiteTrait, TestTrait, TestScoping {
    private static let places = Places(count: 10)

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // A suite and a test with arguments only hold those that run.
        guard testCase != nil else { return try await function() }
        await Self.places.take()
        do {
            try await Self.watched(function)
        } catch {
            await Self.places.giveBack()
            throw error
        }
        await Self.places.giveBack()
    }

    /// Carries out `function`, and tells of it when it hangs. The trait `timeLimit` would count the wait for a place
    /// too.
    private static func watched(_ function: @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Task.sleep(for: .seconds(limit))
                Issue.record("the test has not ended within \(limit) s")
            }
            defer { group.cancelAll() }
            try await function()
        }
    }

    /// The longest that a test may take, in seconds: a net against hanging.
    private static let limit = 600
}

extension Trait where Self == LimitedTrait {
    static var limited: LimitedTrait { LimitedTrait() }
}

/// A counting semaphore that suspends.
private actor Places {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(count: Int) { free = count }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
