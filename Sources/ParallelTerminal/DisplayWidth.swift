/// The width of text in terminal columns, counted by grapheme cluster.
///
/// East Asian wide and emoji clusters take two columns, marks and format characters none, everything else one, also
/// characters of ambiguous width (UAX #11). Control characters count as none: neutralise them first.
extension StringProtocol {
    /// The number of columns that this text takes on one line.
    package var displayWidth: Int {
        if let width = asciiWidth { return width }
        return reduce(0) { $0 + $1.displayWidth }
    }

    /// Returns this text cut between clusters to at most `columns` columns, the last of them `…` if anything was cut.
    package func truncated(toWidth columns: Int) -> String {
        guard displayWidth > columns else { return String(self) }
        guard columns > 0 else { return "" }
        var width = 0
        let kept = prefix {
            width += $0.displayWidth
            return width < columns
        }
        return kept + "…"
    }

    /// Returns this text padded with spaces to `columns` columns; unchanged if it is wider.
    package func padded(toWidth columns: Int) -> String {
        String(self) + String(repeating: " ", count: Swift.max(0, columns - displayWidth))
    }

    /// Whether any character is from a right-to-left block of Unicode, such as Hebrew or Arabic.
    package var containsRightToLeft: Bool {
        unicodeScalars.contains {
            switch $0.value {
            case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
            default: false
            }
        }
    }

    /// The width if the text is all printable ASCII, found without segmenting clusters; else nil.
    var asciiWidth: Int? {
        let width = utf8.withContiguousStorageIfAvailable { bytes in
            bytes.allSatisfy { 0x20 <= $0 && $0 < 0x7F } ? bytes.count : nil
        }
        return width ?? nil
    }
}

extension Character {
    /// The number of columns that this cluster takes: 0, 1 or 2.
    package var displayWidth: Int {
        let scalars = unicodeScalars
        guard let first = scalars.first else { return 0 }
        if scalars.count == 1 { return first.displayWidth }
        // VS16 asks for the emoji form, which is wide.
        if first.properties.isEmoji, scalars.contains("\u{FE0F}") { return 2 }
        // Emoji sequences, flags of two regional indicators, and consonants joined by a virama are drawn as one glyph
        // of at most two columns.
        return min(2, scalars.reduce(0) { $0 + $1.displayWidth })
    }
}

extension Unicode.Scalar {
    /// Whether this is a sign that encloses the digits after it: visible, though its category is "format".
    var isNumberSign: Bool {
        switch value {
        case 0x0600...0x0605, 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD: true
        default: false
        }
    }

    fileprivate var displayWidth: Int {
        if value < 0x300 { return value < 0x20 || (0x7F..<0xA0).contains(value) ? 0 : 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .lineSeparator, .paragraphSeparator: return 0
        case .format: return isNumberSign ? 1 : 0
        default: break
        }
        if properties.isDefaultIgnorableCodePoint { return 0 }
        if isWide { return 2 }
        // Medial and final jamo share the columns of the initial one.
        return (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) ? 0 : 1
    }

    private var isWide: Bool {
        if value < 0x1100 { return false }
        if properties.isEmojiPresentation { return true }
        var (low, high) = (0, wideRanges.count)
        while low < high {
            let middle = (low + high) / 2
            if wideRanges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < wideRanges.count && wideRanges[low].contains(value)
    }
}

/// The ranges of East Asian Width W and F of Unicode 17 (UAX #11), without what `isEmojiPresentation` covers; they
/// include unassigned code points.
private let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2630...0x2637, 0x268A...0x268F, 0x2E80...0x303E, 0x3041...0x3247,
    0x3250...0xA4C6, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B,
    0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x16FE3, 0x16FF2...0x1B2FB, 0x1D300...0x1D376, 0x1F200...0x1F265,
    0x20000...0x3FFFD,
]
