/// Text compared and cut by its bytes.
///
/// Swift compares and cuts strings by grapheme cluster and by canonical equivalence: a quote with a combining mark
/// behind it is no quote, `é` in one scalar equals `é` in two, and `K` equals the Kelvin sign. Shells, terminals, file
/// systems and formats see bytes, so everything that reaches or comes from one of them is handled with these, `utf8` or
/// `unicodeScalars`. Every `character` here must be ASCII.
extension StringProtocol {
    /// Whether the text begins with the bytes of `start`.
    @inlinable package func begins(with start: some StringProtocol) -> Bool { utf8.starts(with: start.utf8) }

    /// Whether the text ends with the bytes of `end`.
    package func ends(with end: some StringProtocol) -> Bool {
        utf8.suffix(end.utf8.count).elementsEqual(end.utf8)
    }

    /// Whether both have the same bytes.
    @inlinable package func isExactly(_ other: some StringProtocol) -> Bool {
        // `==` is much quicker than going through the bytes, and texts that differ for it differ in their bytes.
        utf8.count == other.utf8.count && self == other && utf8.elementsEqual(other.utf8)
    }

    /// Whether `character` stands in the text, whatever follows it.
    @inlinable package func has(_ character: Unicode.Scalar) -> Bool { utf8.contains(UInt8(ascii: character)) }

    /// Where `character` stands for the first time.
    @inlinable package func place(of character: Unicode.Scalar) -> Index? {
        utf8.firstIndex(of: UInt8(ascii: character))
    }

    /// Where `character` stands for the last time.
    package func lastPlace(of character: Unicode.Scalar) -> Index? { unicodeScalars.lastIndex(of: character) }

    /// The text before and after the ASCII character at `place`.
    package func halves(around place: Index) -> (SubSequence, SubSequence) {
        (self[..<place], self[utf8.index(after: place)...])
    }

    /// The parts between the occurrences of `separator`; empty ones included.
    package func parts(between separator: Unicode.Scalar, maxSplits: Int = .max) -> [SubSequence] {
        var parts: [SubSequence] = []
        var rest = self[...]
        while parts.count < maxSplits, let place = rest.place(of: separator) {
            parts.append(rest[..<place])
            rest = rest[rest.utf8.index(after: place)...]
        }
        return parts + [rest]
    }

    /// The text without its first `count` bytes, which must end with a whole scalar; empty where it is shorter.
    package func dropping(bytes count: Int) -> SubSequence {
        self[(utf8.index(startIndex, offsetBy: count, limitedBy: endIndex) ?? endIndex)...]
    }

    /// The text up to the first scalar of which `isEnd` is true.
    package func upTo(_ isEnd: (Unicode.Scalar) -> Bool) -> SubSequence {
        self[..<(unicodeScalars.firstIndex(where: isEnd) ?? endIndex)]
    }

    /// Whether there is nothing but white space.
    package var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }

    /// The text without white space at both ends.
    package var trimmed: SubSequence { trimmed { $0.properties.isWhitespace } }

    /// The text without the scalars at both ends of which `isDropped` is true.
    package func trimmed(_ isDropped: (Unicode.Scalar) -> Bool) -> SubSequence {
        guard let first = unicodeScalars.firstIndex(where: { !isDropped($0) }),
            let last = unicodeScalars.lastIndex(where: { !isDropped($0) })
        else { return self[endIndex...] }
        return self[first..<unicodeScalars.index(after: last)]
    }

    /// The text, or its first `most` scalars and an ellipsis: a single character can have any number of marks.
    package func shortened(to most: Int = 1_000) -> String {
        guard let end = unicodeScalars.index(startIndex, offsetBy: most, limitedBy: endIndex), end < endIndex else {
            return String(self)
        }
        return self[..<end] + "…"
    }

    /// What stands between line ends: LF, CR LF and CR, but not the others of Unicode, which JSON may hold as they are.
    package var lines: [SubSequence] {
        let bytes = utf8
        var lines: [SubSequence] = []
        var (start, index) = (startIndex, startIndex)
        while index < endIndex {
            let (byte, end) = (bytes[index], index)
            bytes.formIndex(after: &index)
            guard byte == 0x0A || byte == 0x0D else { continue }
            lines.append(self[start..<end])
            if byte == 0x0D, index < endIndex, bytes[index] == 0x0A { bytes.formIndex(after: &index) }
            start = index
        }
        return lines + [self[start...]]
    }

    /// The text with `A` to `Z` in lower case and all else as it is, as names of HTTP and of settings compare.
    ///
    /// `lowercased()` makes a `k` of the Kelvin sign, and so one name of two.
    package var asciiLowercased: String {
        String(
            decoding: utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

/// A text as a key of dictionaries and sets in which other bytes are another key.
package struct ExactText: Hashable, Sendable {
    package let text: String

    @inlinable package init(_ text: String) { self.text = text }

    @inlinable package static func == (one: ExactText, other: ExactText) -> Bool { one.text.isExactly(other.text) }

    /// By bytes: texts that Swift takes for equal would share one hash, and many of them make a set slow.
    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension String.UnicodeScalarView {
    /// Appends the scalars of `text` one by one: `append(contentsOf:)` copies all that is there already.
    package mutating func append(each text: String) {
        for scalar in text.unicodeScalars { append(scalar) }
    }
}
