/// Text compared and cut by its bytes.
///
/// Swift compares and cuts strings by grapheme cluster and canonical equivalence: a quote followed by a combining mark
/// is no quote, `é` as one scalar equals `é` as two, and `K` equals the Kelvin sign. Shells, terminals, file systems
/// and formats see bytes, so text that goes to or comes from one of them is handled with these functions, `utf8` or
/// `unicodeScalars`. Every `character` here must be ASCII.
extension StringProtocol {
    /// Whether the text begins with the bytes of `start`.
    @inlinable package func begins(with start: some StringProtocol) -> Bool { utf8.starts(with: start.utf8) }

    /// Whether the text ends with the bytes of `end`.
    package func ends(with end: some StringProtocol) -> Bool {
        utf8.suffix(end.utf8.count).elementsEqual(end.utf8)
    }

    /// Whether both texts have the same bytes.
    @inlinable package func isExactly(_ other: some StringProtocol) -> Bool {
        // `==` is much faster than comparing the bytes, and texts that it finds different have different bytes.
        utf8.count == other.utf8.count && self == other && utf8.elementsEqual(other.utf8)
    }

    /// Whether the text contains `character`, also where a combining mark follows it.
    @inlinable package func has(_ character: Unicode.Scalar) -> Bool { utf8.contains(UInt8(ascii: character)) }

    /// Returns the index of the first `character`.
    package func place(of character: Unicode.Scalar) -> Index? {
        let byte = UInt8(ascii: character)
        // Through the index of a generic text, each byte takes half a dozen calls.
        guard let offset = utf8.withContiguousStorageIfAvailable({ $0.firstIndex(of: byte) }) else {
            return utf8.firstIndex(of: byte)
        }
        return offset.map { utf8.index(startIndex, offsetBy: $0) }
    }

    /// Returns the index of the last `character`.
    package func lastPlace(of character: Unicode.Scalar) -> Index? { unicodeScalars.lastIndex(of: character) }

    /// Returns the text before and after the ASCII character at `place`.
    package func halves(around place: Index) -> (SubSequence, SubSequence) {
        (self[..<place], self[utf8.index(after: place)...])
    }

    /// Returns the text without its first `count` bytes, which must end with a whole scalar; empty if the text is
    /// shorter.
    package func dropping(bytes count: Int) -> SubSequence {
        self[(utf8.index(startIndex, offsetBy: count, limitedBy: endIndex) ?? endIndex)...]
    }

    /// Returns the text up to the first scalar for which `isEnd` is true.
    package func upTo(_ isEnd: (Unicode.Scalar) -> Bool) -> SubSequence {
        self[..<(unicodeScalars.firstIndex(where: isEnd) ?? endIndex)]
    }

    /// Whether the text is empty, or only white space and invisible characters such as U+200B.
    package var isBlank: Bool {
        unicodeScalars.allSatisfy { $0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint }
    }

    /// The text without white space at both ends.
    package var trimmed: SubSequence { trimmed { $0.properties.isWhitespace } }

    /// Returns the text without the scalars at both ends for which `isDropped` is true.
    package func trimmed(_ isDropped: (Unicode.Scalar) -> Bool) -> SubSequence {
        guard let first = unicodeScalars.firstIndex(where: { !isDropped($0) }),
            let last = unicodeScalars.lastIndex(where: { !isDropped($0) })
        else { return self[endIndex...] }
        return self[first..<unicodeScalars.index(after: last)]
    }

    /// Returns the text, or its first `limit` scalars and an ellipsis. Counts scalars, because a single character can
    /// have any number of combining marks.
    package func shortened(to limit: Int = 1_000) -> String {
        guard let end = unicodeScalars.index(startIndex, offsetBy: limit, limitedBy: endIndex), end < endIndex else {
            return String(self)
        }
        return self[..<end] + "…"
    }

    /// The lines of the text, which end at LF, CR LF or CR, but not at Unicode's other separators, which JSON may hold
    /// unescaped.
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

    /// The text with only `A` to `Z` in lower case, for comparing names of HTTP and of settings.
    ///
    /// `lowercased()` would turn the Kelvin sign into `k` and make two names equal.
    package var asciiLowercased: String {
        String(
            decoding: utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

/// A text as a key of dictionaries and sets, equal only to a text of the same bytes.
package struct ExactText: Hashable, Sendable {
    package let text: String

    @inlinable package init(_ text: String) { self.text = text }

    @inlinable package static func == (one: ExactText, other: ExactText) -> Bool { one.text.isExactly(other.text) }

    /// Hashes the bytes. Texts that Swift considers equal would share one hash, and many of them would make a set slow.
    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension String.UnicodeScalarView {
    /// Appends the scalars of `text` one by one, because `append(contentsOf:)` copies everything appended before.
    package mutating func append(each text: String) {
        for scalar in text.unicodeScalars { append(scalar) }
    }
}

extension Substring {
    /// Returns the parts between the occurrences of `separator`, including empty ones.
    package func parts(between separator: Unicode.Scalar, maxSplits: Int = .max) -> [Substring] {
        let byte = UInt8(ascii: separator)
        var (parts, rest) = ([Substring](), self)
        while parts.count < maxSplits, let offset = rest.withUTF8({ $0.firstIndex(of: byte) }) {
            let place = rest.utf8.index(rest.startIndex, offsetBy: offset)
            parts.append(rest[..<place])
            rest = rest[rest.utf8.index(after: place)...]
        }
        parts.append(rest)
        return parts
    }
}

extension String {
    /// Returns the parts between the occurrences of `separator`, including empty ones.
    package func parts(between separator: Unicode.Scalar, maxSplits: Int = .max) -> [Substring] {
        self[...].parts(between: separator, maxSplits: maxSplits)
    }
}
