import ParallelSystem
import Testing

@Suite struct LineSplitterTests {
    private static func lines(_ pieces: [String], limit: Int = 100) -> [String?] {
        var splitter = LineSplitter(limit: limit)
        var lines = pieces.flatMap { splitter.feed(Array($0.utf8)) }
        if let rest = splitter.finish() { lines.append(rest) }
        return lines.map { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    @Test(arguments: [
        (["a\nb\n"], ["a", "b"]), (["a\r\n", "b"], ["a", "b"]), (["a", "b\n", "c"], ["ab", "c"]), (["\n\n"], ["", ""]),
        (["a\r", "\nb\r"], ["a", "b"]), ([""], []), (["a\u{2028}b\n"], ["a\u{2028}b"]),
    ])
    func `lines end with LF or CR LF, wherever the pieces end`(_ pieces: [String], _ lines: [String]) {
        #expect(Self.lines(pieces) == lines)
    }

    @Test func `a line that is too long is left out, and the next one is read`() {
        #expect(Self.lines(["abcd\nabc\n", "ab", "cde", "f\nx\n"], limit: 3) == [nil, "abc", nil, "x"])
        #expect(Self.lines(["abcd"], limit: 3) == [])
    }
}
