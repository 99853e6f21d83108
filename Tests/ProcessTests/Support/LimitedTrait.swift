import Testing

/// Lets only a few tests run at once, since each starts several programs: with all of them at the same time, every wait
/// would take as long as the whole suite.
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
            try await function()
        } catch {
            await Self.places.giveBack()
            throw error
        }
        await Self.places.giveBack()
    }
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
