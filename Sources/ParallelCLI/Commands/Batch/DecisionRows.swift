import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// Writes the rows of `batch decide` with their answers, in the order of the input, and counts those without.
struct DecisionRows {
    let questions: [DecisionQuestion]
    let layout: BatchLayout
    let options: BatchLayoutOptions
    let output: Output
    private var count = 0
    /// The number of rows with an answer that can be read.
    private(set) var decided = 0
    private(set) var failed = 0
    private var rowsForPeople: [(row: InputRow, result: BatchResult)] = []

    /// - Parameter output: standard output, or the file that gets the rows.
    init(_ questions: [DecisionQuestion], _ options: BatchLayoutOptions, _ input: BatchInput, to output: Output) {
        self.questions = questions
        self.options = options
        self.output = output
        let fields = questions.flatMap { $0.kind == .score ? [$0.name] : [$0.name, Self.probability(of: $0)] }
        layout = BatchLayout(
            options, columns: input.columns, fields: fields + [Self.sources], textStyle: input.textStyle,
            hasInputFromNetwork: false)
    }

    private static let sources = "sources"
    private static func probability(of question: DecisionQuestion) -> String { "\(question.name).probability" }

    /// Whether rows are laid out for people, and so written in the end.
    var isForPeople: Bool { options.file == nil && output.isLaidOut && options.format == nil && !options.isRaw }

    func begin() throws { if !isForPeople, !options.isRaw { try write(layout.header()) } }

    /// - Parameters:
    ///   - answer: the API's answer, which need not be readable; nil if there is none.
    ///   - error: why there is none that can be read; nil for a blank row, too.
    mutating func add(_ row: SpooledRow, _ answer: JSONValue?, error: String?) throws {
        var result = BatchResult(status: "", error: error)
        if options.showsRowNumbers { result.rowNumber = row.index + 1 }
        if let answer, let response = DecisionResponse(answer) {
            var content = JSONObject()
            var refusals: [String] = []
            for question in questions {
                let found = response.answer(to: question)
                content[question.name] = found.value
                if question.kind != .score {
                    content[Self.probability(of: question)] =
                        found.probability.map { .number(JSONNumber($0)) } ?? .null
                }
                if let refusal = found.refusal { refusals.append("\(question.name): \(refusal)") }
            }
            content[Self.sources] = .array(response.citations.map { .string($0.url) })
            result.output = TaskOutput(json: ["type": "json", "content": .object(content)])
            if !refusals.isEmpty { result.error = refusals.joined(separator: "; ") }
            if response.answersAny(of: questions) { decided += 1 } else { failed += 1 }
        } else if error != nil {
            failed += 1
        }
        defer { count += 1 }
        if options.isRaw {
            let line = answer ?? ["error": ["message": .string(error ?? "")]]
            return try write(line.bytes() + [0x0A])
        }
        if isForPeople { return rowsForPeople.append((try row.read(), result)) }
        var bytes: [UInt8] = []
        layout.appendRow(count, try row.read(), result, to: &bytes)
        try write(bytes)
    }

    func end() throws {
        if isForPeople {
            for (index, block) in layout.blocks(rowsForPeople, from: 0).enumerated() {
                try output.write(block, isFirst: index == 0)
            }
        } else if !options.isRaw {
            try write(layout.footer())
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        if options.file == nil {
            try output.write(rows: bytes, separator: options.rowFormat.separator)
        } else {
            try output.write(bytes: bytes)
        }
    }
}
