import ParallelSystem

/// An encoding of text that is turned into UTF-8 while it is read.
package enum TextEncoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    /// ISO 8859-1, read as Windows-1252 (WHATWG Encoding, 4.2), since text never has the control characters.
    case latin1
    /// Windows-1252, which has letters and quotes where Latin-1 has control characters.
    case windows1252 = "cp1252"

    /// Reads a name, such as `latin1` or `ISO-8859-1`, ignoring case and punctuation.
    package init?(name: String) {
        let letters = name.utf8.filter(\.isASCIILetterOrDigit)
        switch String(decoding: letters, as: UTF8.self).asciiLowercased {
        case "utf8": self = .utf8
        case "utf16", "utf16le": self = .utf16LittleEndian
        case "utf16be": self = .utf16BigEndian
        case "latin1", "iso88591": self = .latin1
        case "cp1252", "windows1252": self = .windows1252
        default: return nil
        }
    }

    /// Whether a unit of the text has two bytes.
    var isWide: Bool { self == .utf16LittleEndian || self == .utf16BigEndian }

    /// The encoding that a byte order mark at the beginning names; nil if there is none.
    static func marked(_ bytes: [UInt8]) -> TextEncoding? {
        if bytes.starts(with: RowFormat.byteOrderMark) { return .utf8 }
        if bytes.starts(with: [0xFF, 0xFE]) { return .utf16LittleEndian }
        return bytes.starts(with: [0xFE, 0xFF]) ? .utf16BigEndian : nil
    }

    /// The encoding of text in UTF-16 without a mark, which has a NUL beside each ASCII letter; nil for other bytes.
    static func unmarked(_ bytes: [UInt8]) -> TextEncoding? {
        let start = bytes.prefix(1 << 10)
        var nuls = (even: 0, odd: 0)
        for (index, byte) in start.enumerated() where byte == 0 {
            if index % 2 == 0 { nuls.even += 1 } else { nuls.odd += 1 }
        }
        if nuls.odd > 8 * nuls.even, 4 * nuls.odd >= start.count { return .utf16LittleEndian }
        return nuls.even > 8 * nuls.odd && 4 * nuls.even >= start.count ? .utf16BigEndian : nil
    }

    /// The Western encoding of one byte a character that a text which is not UTF-8 seems to have; nil if it has bytes
    /// that stand for nothing there, or words of other letters than those of ASCII, as Cyrillic text has.
    static func likely(_ bytes: some Sequence<UInt8>) -> TextEncoding? {
        var hasControls = false
        var foreignLetters = 0
        for byte in bytes {
            foreignLetters = byte < 0x80 ? 0 : foreignLetters + 1
            if foreignLetters > 3 { return nil }
            guard (0x80..<0xA0).contains(byte) else { continue }
            if windowsLetters[Int(byte) - 0x80] == UInt16(byte) { return nil }
            hasControls = true
        }
        return hasControls ? .windows1252 : .latin1
    }

    /// What Windows-1252 has for the bytes from 0x80 to 0x9F; the five that it leaves free stand for themselves.
    fileprivate static let windowsLetters: [UInt16] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x9D, 0x017E, 0x0178,
    ]
}

/// What text may be that is not UTF-8, as far as its bytes tell.
package struct EncodingGuess: Sendable, Equatable {
    /// The Western encoding that it seems to have; nil if it fits none.
    package var western: TextEncoding?
    private var shiftJIS = Pairs(hasSingleKana: true)
    private var others = Pairs(hasSingleKana: false)

    /// Encodings of East Asia with one or two bytes a character.
    package enum TwoByte: Sendable { case shiftJIS, others }

    init(western: TextEncoding? = nil) { self.western = western }

    /// Examines the text of one row; no character begins in one field and ends in the next.
    init(_ fields: [some Sequence<UInt8>]) {
        western = TextEncoding.likely(fields.joined())
        for field in fields {
            shiftJIS.add(field)
            others.add(field)
        }
    }

    /// Adds what another row of the same text tells.
    mutating func narrow(by other: EncodingGuess) {
        let isWindows = western == .windows1252 || other.western == .windows1252
        western = western == nil || other.western == nil ? nil : isWindows ? .windows1252 : .latin1
        shiftJIS.add(other.shiftJIS)
        others.add(other.others)
    }

    /// The kind of encoding with pairs of bytes that it may have; nil if it fits none.
    package var twoByte: TwoByte? {
        if shiftJIS.areLikely, 2 * shiftJIS.low > shiftJIS.count { return .shiftJIS }
        return others.areLikely && others.hasOtherBytes ? .others : nil
    }
}

/// The characters of two bytes in a text, if it is in such an encoding.
private struct Pairs: Equatable {
    /// Whether the bytes from 0xA1 to 0xDF are characters alone, the narrow kana of Shift-JIS.
    let hasSingleKana: Bool
    private(set) var count = 0
    /// The pairs behind another one. Western text has next to none.
    private(set) var joined = 0
    /// The pairs whose first byte is one that only Shift-JIS uses for most of its characters.
    private(set) var low = 0
    /// Whether some byte is none of those that are letters in alphabets such as the Cyrillic.
    private(set) var hasOtherBytes = false
    private var fit = true

    init(hasSingleKana: Bool) { self.hasSingleKana = hasSingleKana }

    var areLikely: Bool { fit && 3 * joined > count }

    mutating func add(_ text: some Sequence<UInt8>) {
        var first: UInt8?
        var followsPair = false
        for byte in text {
            guard let lead = first else {
                let isAlone = byte < 0x80 || hasSingleKana && (0xA1...0xDF).contains(byte)
                if isAlone { followsPair = false } else { first = byte }
                continue
            }
            first = nil
            if lead == 0x80 || lead == 0xFF || byte < 0x40 || byte == 0x7F || byte == 0xFF { fit = false }
            count += 1
            if followsPair { joined += 1 }
            if lead < 0xA0 { low += 1 }
            if lead < 0xC0 || byte < 0xC0 { hasOtherBytes = true }
            followsPair = true
        }
        if first != nil { fit = false }
    }

    mutating func add(_ other: Pairs) {
        count += other.count
        joined += other.joined
        low += other.low
        hasOtherBytes = hasOtherBytes || other.hasOtherBytes
        fit = fit && other.fit
    }
}

/// Turns text in any encoding into UTF-8, piece by piece. A mark at the beginning stays a mark.
struct TextDecoder: Sendable {
    let encoding: TextEncoding
    /// The first byte of a unit of two bytes.
    private var half: UInt8?
    /// The first unit of a character beyond the first plane.
    private var highSurrogate: UInt16?

    init(_ encoding: TextEncoding) { self.encoding = encoding }

    mutating func decode(_ bytes: [UInt8]) -> [UInt8] {
        if encoding == .utf8 { return bytes }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 3 / 2)
        guard encoding.isWide else {
            for byte in bytes {
                let isLetter = (0x80..<0xA0).contains(byte)
                append(UInt32(isLetter ? TextEncoding.windowsLetters[Int(byte) - 0x80] : UInt16(byte)), to: &text)
            }
            return text
        }
        for byte in bytes {
            guard let first = half else {
                half = byte
                continue
            }
            half = nil
            let isLittle = encoding == .utf16LittleEndian
            take(UInt16(isLittle ? byte : first) << 8 | UInt16(isLittle ? first : byte), to: &text)
        }
        return text
    }

    /// Returns bytes in place of a last character of which the text has only the first half.
    mutating func finish() -> [UInt8] {
        var text: [UInt8] = []
        if let high = highSurrogate { append(UInt32(high), to: &text) }
        if half != nil { text.append(0xFF) }
        return text
    }

    private mutating func take(_ unit: UInt16, to text: inout [UInt8]) {
        if let high = highSurrogate {
            highSurrogate = nil
            if (0xDC00..<0xE000).contains(unit) {
                return append(0x10000 + (UInt32(high) - 0xD800) << 10 + UInt32(unit) - 0xDC00, to: &text)
            }
            append(UInt32(high), to: &text)
        }
        if (0xD800..<0xDC00).contains(unit) { highSurrogate = unit } else { append(UInt32(unit), to: &text) }
    }

    /// Appends a character. Half of one makes bytes that are not UTF-8, which are reported with their line.
    private func append(_ scalar: UInt32, to text: inout [UInt8]) {
        func rest(_ shift: UInt32) -> UInt8 { UInt8(0x80 | scalar >> shift & 0x3F) }
        switch scalar {
        case ..<0x80: text.append(UInt8(scalar))
        case ..<0x800: text += [UInt8(0xC0 | scalar >> 6), rest(0)]
        case ..<0x10000: text += [UInt8(0xE0 | scalar >> 12), rest(6), rest(0)]
        default: text += [UInt8(0xF0 | scalar >> 18), rest(12), rest(6), rest(0)]
        }
    }
}
