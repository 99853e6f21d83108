import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// Typed answers to questions, from evidence on the web: path, request, limits and answer. All that is known of it is
/// in this file.
///
/// A preview: only the beginnings of its documentation could be read (November 2026). The path is that of Parallel's
/// provider for the AI SDK, and the members of an answer are read leniently.
package struct DecisionRequest: Sendable {
    /// What the questions are about: text or JSON.
    package var state: JSONValue = .null
    package var questions: [DecisionQuestion] = []
    package var includesExcerpts = true

    package init() {}

    package static let maximumQuestions = 100
    /// The maximum number of estimated tokens of a question with the state, and how many bytes are taken for one.
    package static let maximumTokens = 32_000
    package static let bytesPerToken = 4

    /// Throws for what the API documents as invalid.
    package func check() throws(InvalidRequest) {
        if state.string?.isBlank == true || state.isNull { throw InvalidRequest("the state is empty") }
        try checkQuestions()
        let size = state.string?.utf8.count ?? state.bytes().count
        let longest = questions.map(\.json.countedLength).max() ?? 0
        let tokens = (size + longest) / Self.bytesPerToken
        if tokens > Self.maximumTokens {
            throw InvalidRequest(
                "the state has, with a question, about \(tokens.grouped) tokens; the limit is "
                    + "\(Self.maximumTokens.grouped)")
        }
    }

    /// Throws for what the API documents as invalid, whatever the state is.
    package func checkQuestions() throws(InvalidRequest) {
        if questions.isEmpty { throw InvalidRequest("there is no question") }
        if questions.count > Self.maximumQuestions {
            throw InvalidRequest("\(questions.count) questions; a decision takes at most \(Self.maximumQuestions)")
        }
        for (index, question) in questions.enumerated() {
            if questions[..<index].contains(where: { $0.name.isExactly(question.name) }) {
                throw InvalidRequest("the question '\(question.name)' is given twice")
            }
            try question.check()
        }
    }

    package var json: JSONValue {
        var body: JSONObject = [
            "state": state, "questions": .object(JSONObject(questions.map { ($0.name, $0.json) })),
        ]
        if !includesExcerpts { body["include_excerpts"] = false }
        return .object(body)
    }
}

/// A question of a decision.
package struct DecisionQuestion: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The probability of a yes; `noul` on the wire.
        case boolean
        /// One of several options.
        case choice
        /// A mean of ordered levels, counted from 0.
        case score

        var wireName: String { self == .boolean ? "noul" : rawValue }

        /// How many criteria a question has, where it has any.
        package var criteria: ClosedRange<Int> {
            switch self {
            case .boolean: 2...2
            case .choice: 2...255
            case .score: 2...10
            }
        }
    }

    package let name: String
    package let kind: Kind
    package let instructions: String
    /// What speaks for each answer, in order; the levels of a score have no text of their own. Empty for none.
    package let criteria: [(key: String, text: String)]

    package init(name: String, kind: Kind, instructions: String, criteria: [(key: String, text: String)] = []) {
        (self.name, self.kind, self.instructions, self.criteria) = (name, kind, instructions, criteria)
    }

    /// Reads a question as the API has it; `boolean` is understood, too. Returns nil if it is none.
    package init?(name: String, _ json: JSONValue) {
        guard let type = json["type"]?.string, let instructions = json["instructions"]?.string,
            let kind = Kind.allCases.first(where: { $0.wireName == type || $0.rawValue == type })
        else { return nil }
        var criteria: [(key: String, text: String)] = []
        switch json["criteria"] {
        case nil, .null: break
        case .array(let levels):
            for level in levels {
                guard let text = level.string else { return nil }
                criteria.append((text, text))
            }
        case .object(let options):
            for option in options {
                guard let text = option.value.string else { return nil }
                criteria.append((option.key, text))
            }
        default: return nil
        }
        self.init(name: name, kind: kind, instructions: instructions, criteria: criteria)
    }

    /// The maximum number of characters of a question as it is sent.
    package static let maximumLength = 5_000

    func check() throws(InvalidRequest) {
        let what = "question '\(name.shortened(to: 60))'"
        if name.isBlank { throw InvalidRequest("a question has no name") }
        if instructions.isBlank { throw InvalidRequest("\(what) has no instructions") }
        if !criteria.isEmpty || kind != .boolean, !kind.criteria.contains(criteria.count) {
            let (one, several) =
                kind == .score
                ? ("level", "levels") : kind == .choice ? ("option", "options") : ("criterion", "criteria")
            let noun = criteria.count == 1 ? one : several
            throw InvalidRequest(
                "\(what) has \(criteria.count) \(noun); a \(kind.rawValue) has \(kind.criteria.lowerBound)"
                    + (kind == .boolean ? ", true and false, or none" : " to \(kind.criteria.upperBound)"))
        }
        if kind == .boolean, !criteria.isEmpty, Set(criteria.map(\.key)) != ["true", "false"] {
            throw InvalidRequest("the criteria of \(what) are not true and false")
        }
        for (index, option) in criteria.enumerated() {
            if option.key.isBlank { throw InvalidRequest("\(what) has an empty option") }
            if criteria[..<index].contains(where: { $0.key.isExactly(option.key) }) {
                throw InvalidRequest("\(what) has '\(option.key.shortened(to: 60))' twice")
            }
        }
        let length = json.countedLength
        if length > Self.maximumLength {
            throw InvalidRequest(
                "\(what) has \(length.grouped) characters; the limit is \(Self.maximumLength.grouped)")
        }
    }

    var json: JSONValue {
        var question: JSONObject = ["type": .string(kind.wireName), "instructions": .string(instructions)]
        if kind == .score {
            question["criteria"] = .array(criteria.map { .string($0.text) })
        } else if !criteria.isEmpty {
            question["criteria"] = .object(JSONObject(criteria.map { ($0.key, .string($0.text)) }))
        }
        return .object(question)
    }
}

/// The answers to a decision.
package struct DecisionResponse: Sendable {
    package let json: JSONValue

    /// Reads a response; nil if it has no answers.
    package init?(_ json: JSONValue) {
        guard json["answers"]?.object != nil else { return nil }
        self.json = json
    }

    /// The answer to a question: a value, or why there is none.
    package struct Answer: Sendable, Equatable {
        /// `true` or `false`, the key of an option, or a mean of levels; null where there is none.
        package var value: JSONValue = .null
        /// The probability of a yes, or of the option that was chosen; nil for a score.
        package var probability: Double?
        /// The level nearest to a score.
        package var level: String?
        package var refusal: String?

        /// What a threshold is compared with.
        package var measure: Double? { value.double ?? probability }
    }

    /// Returns the answer to `question`, in any of the forms that it may have.
    package func answer(to question: DecisionQuestion) -> Answer {
        guard let given = json["answers"]?[question.name], !given.isNull else {
            return Answer(refusal: "there is no answer")
        }
        if let refusal = given["refusal"], !refusal.isNull {
            let text = refusal.string ?? refusal["message"]?.string ?? refusal["reason"]?.string
            return Answer(refusal: text ?? refusal.serialized())
        }
        func first(_ names: String...) -> JSONValue? {
            given.object == nil ? given : names.lazy.compactMap { given[$0] }.first { !$0.isNull }
        }
        switch question.kind {
        case .boolean:
            let found = first("probability", "value", "answer", question.kind.wireName)
            guard let probability = found?.double ?? found?.bool.map({ $0 ? 1 : 0 }) else { break }
            return Answer(value: .bool(probability >= 0.5), probability: probability)
        case .choice:
            guard let key = first("choice", "answer", "value", "key")?.string else { break }
            let probability = given["probabilities"]?[key]?.double ?? given["probability"]?.double
            return Answer(value: .string(key), probability: probability)
        case .score:
            guard case .number(let mean)? = first("score", "mean", "value", "answer"), let double = mean.double else {
                break
            }
            let last = Double(question.criteria.count - 1)
            let index = Int(min(max(double, 0), max(last, 0)).rounded())
            let level = index < question.criteria.count ? question.criteria[index].key : nil
            return Answer(value: .number(mean), level: level)
        }
        return Answer(refusal: "the answer can't be read: \(given.serialized().shortened(to: 200))")
    }

    /// Whether any of `questions` has an answer that can be read, or a refusal.
    package func answersAny(of questions: [DecisionQuestion]) -> Bool {
        questions.contains { question in
            let refusal = json["answers"]?[question.name]?["refusal"] ?? .null
            return !refusal.isNull || !answer(to: question).value.isNull
        }
    }

    /// The evidence of all answers.
    package var citations: [(url: String, title: String?, excerpts: [String])] {
        (json["citations"]?.array ?? []).compactMap { citation in
            guard let url = citation["url"]?.string else { return nil }
            return (url, citation["title"]?.string, (citation["excerpts"]?.array ?? []).compactMap(\.string))
        }
    }
}

extension Endpoint {
    /// A decision has a price, so the request is not sent again where it may have been accepted.
    package static let decide = Endpoint(.post, ["v1", "decisions"], resend: .never)
}
