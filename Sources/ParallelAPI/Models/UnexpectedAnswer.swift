import ParallelSystem

/// An answer with a good status that is not what the API promises.
package struct UnexpectedAnswer: Error, Sendable {
    /// One line: what was wrong with it.
    package let message: String
    /// Whether the request created something before the answer went wrong.
    package var mayHaveCreated = false
    /// The answer as it came, where it may name a run nevertheless.
    package var received: [UInt8] = []

    package init(message: String, mayHaveCreated: Bool = false, received: [UInt8] = []) {
        self.message = message
        self.mayHaveCreated = mayHaveCreated
        self.received = received
    }
}

extension UnexpectedAnswer {
    /// An answer about another run, or of another group, than the one that was asked about; nil where it is the same.
    package init?(about named: String, insteadOf asked: String, _ kind: String) {
        if named.utf8.elementsEqual(asked.utf8) { return nil }
        self.init(message: "the API's answer is about \(kind) \(named.shortened(to: 200)), not about \(asked)")
    }

    /// One that tells of a run in another group than the one that was asked about; nil where it says nothing of that.
    package init?(runOfGroup named: String?, insteadOf asked: String) {
        guard let named, !named.utf8.elementsEqual(asked.utf8) else { return nil }
        self.init(message: "the API lists a run of group \(named.shortened(to: 200)) in group \(asked)")
    }
}
