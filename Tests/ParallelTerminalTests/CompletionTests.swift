import TestSupport
import Testing

@testable import ParallelTerminal

struct CompletionTests {
    private func candidates(_ texts: [String]) -> [LineCompletion.Candidate] {
        texts.map { LineCompletion.Candidate(text: $0, label: $0) }
    }

    @Test(
        arguments: [
            (["task "], "x ta", 2, 2, "task "), (["task ", "tables "], "t", 1, 1, "ta"),
            (["task ", "tables "], "", 0, 0, "ta"),
            (["日本", "日本語"], "日", 3, 1, "日本"), (["'my file' "], "my\\ f", 5, 5, "'my file' "),
        ] as [([String], String, Int, Int32, String)])
    func `Tab inserts the only candidate, or what all begin with`(
        _ texts: [String], _ before: String, _ replaced: Int, _ characters: Int32, _ addition: String
    ) {
        let insertion = LineCompletion(replaced: replaced, candidates: candidates(texts)).insertion(behind: before)
        #expect(insertion?.replaced == characters)
        #expect(insertion?.addition == addition)
    }

    @Test(
        arguments: [
            (["task ", "tables "], "ta", 2), (["task ", "search "], "s", 1), (["task"], "task", 4), ([], "x", 1),
            // Found by another way than their beginning: nothing that was typed may go.
            (["core-fast", "core"], "fast", 4), (["é1", "e\u{301}2"], "", 0),
        ] as [([String], String, Int)])
    func `Tab inserts nothing where there is nothing to add`(_ texts: [String], _ before: String, _ replaced: Int) {
        #expect(LineCompletion(replaced: replaced, candidates: candidates(texts)).insertion(behind: before) == nil)
    }

    private let commands = [
        LineCompletion.Candidate(text: "task ", label: "task", summary: "Ask questions that take research"),
        LineCompletion.Candidate(text: "東京 ", label: "東京\u{7}", summary: "Tokyo\nand\u{9B}31m more"),
        LineCompletion.Candidate(text: "x ", label: "x"),
    ]

    @Test func `candidates stand with what is said about them, as far as it fits`() {
        #expect(
            CompletionList.rows(commands, columns: 80, rows: 24) == [
                "task   Ask questions that take research", "東京␇  Tokyo and\\u{9b}31m more", "x",
            ])
        #expect(CompletionList.rows(commands, columns: 40, rows: 24)[0] == "task   Ask questions that take research")
        #expect(CompletionList.rows(commands, columns: 30, rows: 24)[0] == "task   Ask questions that ta…")
        #expect(CompletionList.rows(commands, columns: 20, rows: 24) == ["task", "東京␇", "x"])
    }

    @Test func `many candidates stand in columns, and the rest is counted`() {
        let many = (1...123).map { LineCompletion.Candidate(text: "c\($0)", label: "c\($0)", summary: "A candidate") }
        let rows = CompletionList.rows(many, columns: 80, rows: 24)
        #expect(rows.count == 8 + 1)
        #expect(rows[0].hasPrefix("c1    c9    c17 "))
        #expect(rows.allSatisfy { $0.displayWidth < 80 })
        #expect(rows.last == "… and 23 more")
        #expect(CompletionList.rows(many, columns: 200, rows: 50).allSatisfy { $0.displayWidth < 200 })
        let narrow = CompletionList.rows(many, columns: 40, rows: 24)
        #expect(narrow.count == 101)
        #expect(narrow[..<2] == ["c1", "c2"])
    }

    @Test(arguments: [1, 2, 10, 40])
    func `a name wider than the screen is cut`(_ columns: Int) {
        let names = [String(repeating: "日", count: 50), "b"]
        #expect(
            CompletionList.rows(candidates(names), columns: columns, rows: 5).allSatisfy {
                $0.displayWidth < max(2, columns)
            })
    }
}

struct FoldedTextsTests {
    @Test func `what is folded is unfolded, wherever it stands`() {
        var folds = FoldedTexts()
        let long = (1...30).map { "[\($0)]" }.joined(separator: "\n")
        let other = String(repeating: "x", count: 5_000)
        let (first, second) = (folds.fold(long), folds.fold(other))
        #expect(first == "[30 lines: [1] [2] [3] [4] [5] [6]…]")
        #expect(second == "[5000 bytes: xxxxxxxxxxxxxxxxxxxxxxx…]")
        #expect(folds.fold(long) == first)
        #expect(folds.unfold("a\(first)[b\(second)\(first)[30 lines:]") == "a\(long)[b\(other)\(long)[30 lines:]")
        #expect(folds.lengthOfFold(atEndOf: "é\(first)") == Int32(first.unicodeScalars.count))
        #expect(folds.lengthOfFold(atEndOf: first + " ") == nil)
    }

    @Test func `a text that contains how another is shown stays as it is`() {
        var folds = FoldedTexts()
        let shown = folds.fold("one\ntwo")
        let second = folds.fold("see \(shown)\n")
        #expect(folds.unfold(second) == "see \(shown)\n")
    }
}
