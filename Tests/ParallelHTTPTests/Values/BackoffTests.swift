import ParallelHTTP
import Testing

@Suite struct BackoffTests {
    @Test(arguments: [
        (0, 200), (1, 200), (2, 400), (3, 800), (4, 1_600), (5, 3_000), (6, 3_000), (Int.max, 3_000), (-1, 200),
    ])
    func `pauses double up to the longest`(failures: Int, milliseconds: Int) {
        let backoff = Backoff(first: .milliseconds(200), longest: .seconds(3))
        #expect(backoff.pause(after: failures) == .milliseconds(milliseconds))
    }

    @Test func `a success begins anew with the first pause`() {
        var backoff = Backoff(first: .seconds(1), longest: .seconds(30))
        #expect((0..<7).map { _ in backoff.next() } == [1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
        #expect(backoff.failures == 7)
        backoff.reset()
        #expect(backoff.failures == 0 && backoff.next() == .seconds(1))
    }

    @Test func `no pause is longer than the longest, not even the first`() {
        #expect(Backoff(first: .seconds(5), longest: .seconds(2)).pause(after: 1) == .seconds(2))
        #expect(Backoff(first: .zero, longest: .seconds(1)).pause(after: .max) == .zero)
    }
}
