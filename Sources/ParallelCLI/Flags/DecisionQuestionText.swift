import ParallelAPI
import ParallelJSON
import ParallelSystem

/// Questions of a decision as values of flags.
enum DecisionQuestionText {
    /// Parses `open:boolean:Is it still in business?` or `size:choice:1-10|11-50:How large?`.
    ///
    /// A colon that doesn't end a part is written `\:`; behind the last one needed, colons are text.
    static func parse(_ text: String) throws(InvalidValue) -> DecisionQuestion {
        var rest = text[...]
        let name = part(&rest)
        guard !name.isBlank, let type = part(&rest, isLast: false) else {
            throw InvalidValue(
                "'\(text.shortened(to: 60))' is no question such as 'open:boolean:Is it still in business?'")
        }
        guard let kind = DecisionQuestion.Kind(rawValue: type) else {
            throw ChoiceText.unknown(type, among: DecisionQuestion.Kind.allCases.map(\.rawValue))
        }
        var criteria: [(key: String, text: String)] = []
        if kind != .boolean || rest.begins(with: "true=") {
            guard let list = part(&rest, isLast: false) else {
                throw InvalidValue(
                    "'\(name)' has no \(kind == .score ? "levels" : "options") before its instructions",
                    hint: "as in \(name):\(kind.rawValue):\(kind == .boolean ? "true=…|false=…" : "A|B|C"):QUESTION")
            }
            criteria = list.parts(between: "|").map { option in
                guard kind != .score, let place = option.place(of: "=") else {
                    return (String(option.trimmed), String(option.trimmed))
                }
                let (key, text) = option.halves(around: place)
                return (String(key.trimmed), String(text.trimmed))
            }
        }
        return DecisionQuestion(
            name: name, kind: kind, instructions: String(rest.trimmed), criteria: criteria)
    }

    /// Takes the text up to the next colon off `rest`.
    private static func part(_ rest: inout Substring) -> String { part(&rest, isLast: true) ?? "" }

    /// - Parameter isLast: whether the part may end with the text; otherwise returns nil where there is no colon.
    private static func part(_ rest: inout Substring, isLast: Bool) -> String? {
        var part = ""
        var place = rest.startIndex
        while place < rest.endIndex, rest.unicodeScalars[place] != ":" {
            if rest[place...].begins(with: "\\:") { place = rest.unicodeScalars.index(after: place) }
            part.unicodeScalars.append(rest.unicodeScalars[place])
            place = rest.unicodeScalars.index(after: place)
        }
        guard place < rest.endIndex else {
            if isLast { rest = rest[place...] }
            return isLast ? part : nil
        }
        rest = rest[rest.unicodeScalars.index(after: place)...]
        return part
    }

    /// Reads questions as the API has them: an object with each under its name.
    static func questions(in json: JSONValue, of flag: String) throws(UsageError) -> [DecisionQuestion] {
        guard let object = json.object else {
            throw UsageError("\(flag): \(json.typeName) is no object of questions", hint: "as in the API's 'questions'")
        }
        var questions: [DecisionQuestion] = []
        for member in object {
            guard let question = DecisionQuestion(name: member.key, member.value) else {
                throw UsageError(
                    "\(flag): '\(member.key.shortened(to: 60))' is no question with type, instructions and criteria")
            }
            questions.append(question)
        }
        return questions
    }
}
