import ParallelSystem

/// The error for a response with a success status that is not what the API documents.
package struct UnexpectedAnswer: Error, Sendable {
    /// The error on one line.
    package let message: String
    /// Whether the request may have created something nevertheless.
    package var mayHaveCreated = false
    /// The response's body, if it may name a run nevertheless.
    package var received: [UInt8] = []

    package init(message: String, mayHaveCreated: Bool = false, received: [UInt8] = []) {
        self.message = message
        self.mayHaveCreated = mayHaveCreated
        self.received = received
    }
}

extension UnexpectedAnswer {
    /// Makes the error for a response about another run or group than the one asked about; nil if it is the same.
    package init?(about named: String, insteadOf asked: String, _ kind: String) {
        if named.utf8.elementsEqual(asked.utf8) { return nil }
        self.init(message: "the API's answer is about \(kind) \(named.shortened(to: 200)), not about \(asked)")
    }

    /// Makes the error for a list with a run of another group than the one asked about; nil if the run names no other
    /// group.
    package init?(runOfGroup named: String?, insteadOf asked: String) {
        guard let named, !named.utf8.elementsEqual(asked.utf8) else { return nil }
        self.init(message: "the API lists a run of group \(named.shortened(to: 200)) in group \(asked)")
    }
}
