import ParallelCore
final class BatchProgress: Sendable {
    init(context: Context, output: Output, total: Int, showsPlainLines: Bool) {}
    func update(done: Int, failed: Int, running: Int, costSoFar: Cost?) {}
    func shown<Value: Sendable>(during work: @escaping @Sendable () async throws -> Value) async throws -> Value { try await work() }
}
