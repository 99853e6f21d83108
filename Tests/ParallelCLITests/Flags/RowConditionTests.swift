import Testing

@testable import ParallelCLI

/// Conditions on rows: what they hold for.
struct RowConditionTests {
    /// The cells by name: a word, a number, a confidence, none.
    private static let cells = [
        "word": "Intel Inc.", "number": "1968", "level": "medium", "none": "", "it's": "O'Neil",
    ]

    private func holds(_ text: String) throws -> Bool {
        let condition = try RowCondition(text)
        let cells = condition.alternatives.joined().map { Self.cells[$0.column] ?? "missing \($0.column)" }
        return condition.holds(cells, Array(cells.indices))
    }

    @Test(arguments: [
        "word=Intel Inc.", "word == 'Intel Inc.'", "\"word\" = \"Intel Inc.\"", "word != Intel", "word<J and word>I",
        "number=1968.0", "number>999", "number<=1968", "number<2e3", "number!=1969", "level<=medium", "level>low",
        "level<high", "level=medium", "none is empty", "none IS EMPTY", "none=''", "none != x", "none!=0",
        "word is not empty", "word!=''", "word=x or number=1968", "word=x and number=1 or level=medium",
        "level=medium or word=x and number=1", "it's=O'Neil", "\"it's\" is not empty", "word!=3", " number\t>\n0 ",
    ])
    func `a condition holds`(_ text: String) throws {
        #expect(try holds(text))
    }

    @Test(arguments: [
        "word=intel inc.", "word<I", "number=19680", "number>1968", "number<10", "level<=low", "level>high",
        "none=x", "none<=low", "none<5", "none>=0", "none is not empty", "word is empty", "word<3", "word>3", "word=3",
        "word=x or number=1", "word='Intel Inc.' and number=1", "number<abc and number>abc", "none<='~'",
    ])
    func `a condition does not hold`(_ text: String) throws {
        #expect(try !holds(text))
    }

    @Test(arguments: [
        "", " ", "a", "a=", "=b", "a=b and", "a=b or", "and", "a is", "a is not", "a is b", "a=b c=d", "a='b", "a<>b",
        "a=!b", "a<''", "x.confidence=0.5", "a=b, c=d", "is empty",
    ])
    func `what is no condition is refused`(_ text: String) {
        #expect(throws: InvalidValue.self) { try RowCondition(text) }
    }
}
