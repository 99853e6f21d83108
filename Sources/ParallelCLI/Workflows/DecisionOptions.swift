import ParallelAPI
import ParallelJSON
import ParallelSystem

/// The questions of `decide` and `batch decide`, and what may be spent on them.
struct DecisionOptions: Sendable {
    var request = DecisionRequest()
    /// A file with further questions.
    var questionsFile: InputSource?
    var spending = SpendingOptions()

    static let flags: [Flag<DecisionOptions>] =
        [
            Flag(
                "question", short: "Q", value: FlagSpec.Value("NAME:TYPE:QUESTION"), isRepeatable: true,
                summary: "Ask this (repeatable, at most 100)",
                details:
                    "NAME:boolean:QUESTION for a probability; NAME:choice:A|B|C:QUESTION for one of 2 to 255 options; "
                    + "NAME:score:LOW|MIDDLE|HIGH:QUESTION for a mean of 2 to 10 levels, counted from 0. An option may have "
                    + "a description, A=DESCRIPTION, and so may both answers of a boolean: "
                    + "NAME:boolean:true=WHEN|false=WHEN:QUESTION. A colon inside a part is written \\:."
            ) { options, text throws(InvalidValue) in
                options.request.questions.append(try DecisionQuestionText.parse(text))
            },
            Flag(
                "questions", value: FlagSpec.Value("JSON", completion: .atFile),
                summary: "Ask what a JSON object, @FILE or - holds",
                details: "An object with a question under each name: its type, instructions and criteria."
            ) { $0.questionsFile = InputSource($1) },
        ] + SpendingFlags.all(of: "a request").map { $0.embedded(at: \.spending) }

    /// What is said of the price, which is flat for a request and not known.
    static let price = "the price of a decision is not known to this version"

    /// Checks the questions, as far as no file has to be read for them.
    func check() throws(UsageError) {
        if questionsFile == nil {
            if request.questions.isEmpty {
                throw UsageError(
                    "nothing is asked", hint: "give a question: -Q 'open:boolean:Is it still in business?'")
            }
            try Self.checkQuestions(of: request)
        }
    }

    /// Returns the request with the questions of the file, too.
    func complete(_ sources: SourceText) throws -> DecisionRequest {
        var request = request
        if let questionsFile {
            let json = try sources.json(of: questionsFile, for: "--questions")
            request.questions += try DecisionQuestionText.questions(in: json, of: "--questions")
        }
        try Self.checkQuestions(of: request)
        return request
    }

    private static func checkQuestions(of request: DecisionRequest) throws(UsageError) {
        do throws(InvalidRequest) { try request.checkQuestions() } catch { throw UsageError(error.message) }
    }
}

extension UnexpectedAnswer {
    static let withoutAnswers = UnexpectedAnswer(message: "the API's answer has no answers to questions")
}
