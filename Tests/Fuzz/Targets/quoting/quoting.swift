import FuzzSupport
import ParallelSystem

/// Words that are quoted for a shell are those words again, and nothing else, when a shell reads them.
///
/// The input is words with a NUL between them, which no argument can hold.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let words = input(start, count).split(separator: 0, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
    }
    let line = ShellQuoting.line(words)
    require(POSIXWords.read(Array(line.utf8)) == words.map { Array($0.utf8) }, "words come back as they were: \(line)")
    return 0
}

/// Reads a line as a POSIX shell does (XCU 2.2, 2.3), but for what would expand, run or redirect something. The one
/// command that may be run is a `printf` of a format without directives.
enum POSIXWords {
    private static let substitution = Array("\"$(printf '".utf8)

    /// Bytes that mean themselves in every shell, wherever they stand in a word.
    private static let literal = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+".utf8)

    /// Nil where the line is more than words.
    static func read(_ line: [UInt8]) -> [[UInt8]]? {
        var words: [[UInt8]] = []
        var word: [UInt8]?
        var rest = line[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: " "):
                if let ended = word { words.append(ended) }
                word = nil
            case UInt8(ascii: "'"):
                guard let end = rest.firstIndex(of: UInt8(ascii: "'")) else { return nil }
                word = (word ?? []) + rest[..<end]
                rest = rest[(end + 1)...]
            case UInt8(ascii: "\""):
                guard let printed = printed(&rest) else { return nil }
                word = (word ?? []) + printed
            case UInt8(ascii: "\\"):
                // A line end behind it would be left out.
                guard let next = rest.popFirst(), next != 0x0A else { return nil }
                word = (word ?? []) + [next]
            default:
                guard literal.contains(byte) else { return nil }
                word = (word ?? []) + [byte]
            }
        }
        if let word { words.append(word) }
        return words
    }

    /// What a `printf` writes whose quote was just read; octal numbers in its format have three digits (XCU, printf).
    private static func printed(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.starts(with: substitution.dropFirst()) else { return nil }
        rest = rest.dropFirst(substitution.count - 1)
        var text: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "'") {
            if byte == UInt8(ascii: "\\") {
                guard rest.count > 3, let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8) else {
                    return nil
                }
                text.append(code)
                rest = rest.dropFirst(3)
            } else if literal.contains(byte) || byte == UInt8(ascii: " "), byte != UInt8(ascii: "%") {
                text.append(byte)
            } else {
                return nil
            }
        }
        guard rest.starts(with: ")\"".utf8) else { return nil }
        rest = rest.dropFirst(2)
        while text.last == 0x0A { text.removeLast() }
        return text
    }
}
