import TestSupport
import Testing

@testable import ParallelCLI
@testable import ParallelHTTP

@Suite(.timeLimit(.minutes(10))) struct PauseNotesTests {
    @Test(arguments: [
        (Duration.seconds(20.4), "status 429", true, "rate limited, trying again in 20 s"),
        (.seconds(2), "status 503", false, "status 503, trying again in 2 s"),
        (.seconds(300), "could not connect", false, "could not connect, trying again in 5m"),
    ])
    func `a pause is told with its reason and its length`(
        delay: Duration, reason: String, isRateLimited: Bool, text: String
    ) {
        let notice = RetryNotice(attempt: 1, delay: delay, reason: reason, isRateLimited: isRateLimited)
        #expect(PauseNotes.text(for: notice) == text)
    }
}
