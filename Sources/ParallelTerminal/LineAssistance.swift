/// What helps a person type a line.
package struct LineAssistance: Sendable {
    /// Returns what may stand at the cursor; `text` is everything before the cursor.
    package var complete: @Sendable (_ text: String) -> LineCompletion
    /// Whether Enter adds a line instead of ending the text.
    package var isUnfinished: @Sendable (_ text: String) -> Bool

    package init(
        complete: @escaping @Sendable (_ text: String) -> LineCompletion,
        isUnfinished: @escaping @Sendable (_ text: String) -> Bool
    ) {
        self.complete = complete
        self.isUnfinished = isUnfinished
    }
}

/// What may stand at the cursor.
package struct LineCompletion: Sendable, Equatable {
    package struct Candidate: Sendable, Equatable {
        /// What is inserted as it is: quoted already, with the space, `=` or `/` that follows.
        package var text: String
        /// The name in the list of candidates.
        package var label: String
        /// What the list says about it; may be empty.
        package var summary: String

        package init(text: String, label: String, summary: String = "") {
            self.text = text
            self.label = label
            self.summary = summary
        }
    }

    /// The number of bytes before the cursor that a candidate replaces.
    package var replaced: Int
    package var candidates: [Candidate]

    package init(replaced: Int = 0, candidates: [Candidate] = []) {
        self.replaced = replaced
        self.candidates = candidates
    }
}
