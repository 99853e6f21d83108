import ParallelTerminal
import Testing

struct TableTests {
    private let cities = Table(
        headings: ["CITY", "COUNTRY", "NOTES"],
        rows: [
            ["東京", "Japan", "The capital, with more people than any other city"],
            ["ירושלים", "—", "three\nlines of\ttext"],
            ["Köln", "Germany 🇩🇪", "\u{1B}[31mred, \"quoted\" | piped"],
        ])

    @Test func `columns line up by display width`() {
        #expect(
            cities.render(.aligned(columns: 120)) == """
                CITY     COUNTRY     NOTES
                東京     Japan       The capital, with more people than any other city
                \u{2068}ירושלים\u{2069}  —           three
                                     lines of    text
                Köln     Germany 🇩🇪  ␛[31mred, "quoted" | piped

                """)
    }

    @Test func `the widest column is wrapped first`() {
        #expect(
            cities.render(.aligned(columns: 40)) == """
                CITY     COUNTRY     NOTES
                東京     Japan       The capital, with
                                     more people than
                                     any other city
                \u{2068}ירושלים\u{2069}  —           three
                                     lines of    text
                Köln     Germany 🇩🇪  ␛[31mred, "quoted"
                                     | piped

                """)
    }

    @Test(arguments: [28, 40, 80, 120])
    func `rows fit the width`(_ columns: Int) {
        let lines = cities.render(.aligned(columns: columns)).split(separator: "\n")
        #expect(lines.allSatisfy { $0.displayWidth <= columns })
        #expect(lines.map(\.displayWidth).max() ?? 0 > min(columns, 60) - 8)
    }

    @Test func `a cell keeps eight columns however narrow the terminal`() {
        let lines = cities.render(.aligned(columns: 20)).split(separator: "\n")
        #expect(lines.first == "CITY     COUNTRY   NOTES")
        #expect(lines.dropFirst().first == "東京     Japan     The")
    }

    @Test func `only headings are bold`() {
        let table = Table(headings: ["A"], rows: [["b"]])
        #expect(table.render(.aligned(columns: 80, bold: true)) == "\u{1B}[1mA\u{1B}[22m\nb\n")
    }

    @Test(arguments: [
        (Table.Format.tabSeparated, "東京\tJapan\nq\ta b c d|\"\\\n\t\n"),
        (.csv, "\"N,1\",X\r\n東京,Japan\r\nq,\"a\tb\r\nc\nd|\"\"\\\"\r\n,\r\n"),
        (.markdown, "| N,1 | X |\n| --- | --- |\n| 東京 | Japan |\n| q | a\tb<br>c<br>d\\|\"\\\\ |\n|  |  |\n"),
    ])
    func `programs get the whole cell in their format`(_ format: Table.Format, _ text: String) {
        let table = Table(headings: ["N,1", "X"], rows: [["東京", "Japan"], ["q", "a\tb\r\nc\nd|\"\\"], [""]])
        #expect(table.render(format) == text)
    }

    @Test func `CSV without headings has no header`() {
        #expect(Table(headings: [], rows: [["a", "b,c"]]).render(.csv) == "a,\"b,c\"\r\n")
    }

    @Test(arguments: [Table.Format.aligned(columns: 80), .tabSeparated, .csv])
    func `no rows and no headings are no text`(_ format: Table.Format) {
        #expect(Table(headings: []).render(format) == "")
    }

    @Test(arguments: ["", "\u{301}", "\u{200D}", "\u{FE0F}"])
    func `a cell stays one cell whatever stands behind its special characters`(_ mark: String) {
        let cell = "A\"\(mark),injected\r\n\(mark)new|\(mark)row\\\(mark)\t\(mark)\"\(mark)"
        func bytes(_ format: Table.Format) -> [UInt8] {
            Array(Table(headings: ["T", "N"], rows: [[cell, "1"]]).render(format).utf8)
        }
        let quoted = "\"A\"\"\(mark),injected\r\n\(mark)new|\(mark)row\\\(mark)\t\(mark)\"\"\(mark)\""
        #expect(bytes(.csv) == Array("T,N\r\n\(quoted),1\r\n".utf8))
        let escaped = "A\"\(mark),injected<br>\(mark)new\\|\(mark)row\\\\\(mark)\t\(mark)\"\(mark)"
        #expect(bytes(.markdown) == Array("| T | N |\n| --- | --- |\n| \(escaped) | 1 |\n".utf8))
        let spaced = "A\"\(mark),injected \(mark)new|\(mark)row\\\(mark) \(mark)\"\(mark)"
        #expect(bytes(.tabSeparated) == Array("\(spaced)\t1\n".utf8))
    }
}
