import ParallelOutput
import ParallelTerminal
import Testing

@Suite struct TableTests {
    private static let cities = Document.Table(
        headings: ["CITY", "COUNTRY", "NOTES"],
        rows: [
            ["東京", "Japan", "The capital, with more people than any other city"],
            ["ירושלים", "—", "three\nlines of\ttext"],
            ["Köln", "Germany 🇩🇪", "\u{1B}[31mred, \"quoted\" | piped"],
        ])

    private func aligned(_ table: Document.Table, columns: Int, bold: Bool = false) -> String {
        TerminalRenderer.render(
            Document([.table(table)]), TerminalRenderer.Options(columns: columns, usesColor: bold))
    }

    @Test func `columns line up by display width, and rows of several lines are set apart`() {
        #expect(
            aligned(Self.cities, columns: 120) == """
                CITY     COUNTRY     NOTES
                東京     Japan       The capital, with more people than any other city

                \u{2068}ירושלים\u{2069}  —           three
                                     lines of text

                Köln     Germany 🇩🇪  ␛[31mred, "quoted" | piped

                """)
    }

    @Test func `only a row of several lines is set apart`() {
        let table = Document.Table(
            headings: ["a", "b"], rows: [["1", "x"], ["2", "x"], ["3", "x\ny"], ["4", "x"], ["5", "x"]])
        #expect(
            aligned(table, columns: 60) == """
                a  b
                1  x
                2  x

                3  x
                   y

                4  x
                5  x

                """)
    }

    @Test func `the widest column is wrapped first`() {
        #expect(
            aligned(Self.cities, columns: 60) == """
                CITY     COUNTRY     NOTES
                東京     Japan       The capital, with more people than any
                                     other city

                \u{2068}ירושלים\u{2069}  —           three
                                     lines of text

                Köln     Germany 🇩🇪  ␛[31mred, "quoted" | piped

                """)
    }

    @Test func `below 60 columns a row is a block`() {
        #expect(
            aligned(Self.cities, columns: 40) == """
                CITY:    東京
                COUNTRY: Japan
                NOTES:   The capital, with more people
                         than any other city

                CITY:    ירושלים
                COUNTRY: —
                NOTES:   three
                         lines of text

                CITY:    Köln
                COUNTRY: Germany 🇩🇪
                NOTES:   ␛[31mred, "quoted" | piped

                """)
    }

    @Test(arguments: [28, 40, 60, 80, 120]) func `rows fit the width`(_ columns: Int) {
        let lines = aligned(Self.cities, columns: columns).split(separator: "\n")
        #expect(lines.allSatisfy { $0.displayWidth <= columns })
        #expect(lines.map(\.displayWidth).max() ?? 0 > min(columns, 60) - 12)
    }

    @Test func `only headings are bold`() {
        let table = Document.Table(headings: ["A"], rows: [["b"]])
        #expect(aligned(table, columns: 80, bold: true) == "\u{1B}[1mA\u{1B}[0m\nb\n")
    }

    private func text(_ table: Document.Table, _ separator: Unicode.Scalar) -> String {
        String(decoding: table.delimited(by: separator), as: UTF8.self)
    }

    @Test func `programs get the whole cell in their format`() {
        let table = Document.Table(
            headings: ["N,1", "X"], rows: [["東京", "Japan"], ["q", "a\tb\r\nc\nd|\"\\"], [""]])
        #expect(
            table.rows.map { TabSeparated.line($0.map(\.plainText)) } == ["東京\tJapan\n", "q\ta b c d|\"\\\n", "\n"])
        #expect(text(table, ",") == "\"N,1\",X\n東京,Japan\nq,\"a\tb\r\nc\nd|\"\"\\\"\n,\n")
        #expect(text(table, "\t") == "N,1\tX\n東京\tJapan\nq\t\"a\tb\r\nc\nd|\"\"\\\"\n\t\n")
        #expect(
            MarkdownRenderer.render(Document([.table(table)]))
                == "| N,1 | X |\n| --- | --- |\n| 東京 | Japan |\n| q | a\tb c d\\|\"\\\\ |\n|  |  |\n")
    }

    @Test func `CSV without headings has no header`() {
        #expect(text(Document.Table(headings: [], rows: [["a", "b,c"]]), ",") == "a,\"b,c\"\n")
    }

    @Test func `no rows and no headings are no text`() {
        let table = Document.Table(headings: [])
        #expect(aligned(table, columns: 80) == "" && text(table, ",") == "")
    }

    @Test(arguments: ["", "\u{301}", "\u{200D}", "\u{FE0F}"])
    func `a cell stays one cell whatever stands behind its special characters`(_ mark: String) {
        let cell = "A\"\(mark),injected\r\n\(mark)new|\(mark)row\\\(mark)\t\(mark)\"\(mark)"
        let table = Document.Table(headings: ["T", "N"], rows: [[cell, "1"]])
        let quoted = "\"A\"\"\(mark),injected\r\n\(mark)new|\(mark)row\\\(mark)\t\(mark)\"\"\(mark)\""
        #expect(table.delimited(by: ",") == Array("T,N\n\(quoted),1\n".utf8))
        #expect(table.delimited(by: "\t") == Array("T\tN\n\(quoted)\t1\n".utf8))
        let escaped = "A\"\(mark),injected \(mark)new\\|\(mark)row\\\\\(mark)\t\(mark)\"\(mark)"
        #expect(
            Array(MarkdownRenderer.render(Document([.table(table)])).utf8)
                == Array("| T | N |\n| --- | --- |\n| \(escaped) | 1 |\n".utf8))
        let spaced = "A\"\(mark),injected \(mark)new|\(mark)row\\\(mark) \(mark)\"\(mark)"
        #expect(Array(TabSeparated.line([cell, "1"]).utf8) == Array("\(spaced)\t1\n".utf8))
    }

    /// Appended one text to the other, this would take longer than a test is waited for.
    @Test(.timeLimit(.minutes(10))) func `very many line breaks are replaced at once`() {
        let cell = String(repeating: "\n", count: 1_000_000)
        let table = Document.Table(headings: ["a"], rows: [[cell]])
        #expect(MarkdownRenderer.render(Document([.table(table)])).utf8.count > 1_000_000)
        #expect(TabSeparated.line([cell]).utf8.count > 1_000_000)
    }
}
