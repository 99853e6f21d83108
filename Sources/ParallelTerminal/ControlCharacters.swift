import ParallelSystem

/// Text from the network made safe to show on a terminal.
///
/// Control characters could start escape sequences (titles, colours, clipboard); bidirectional overrides and invisible
/// characters could make the text look like another one (Unicode TR36). Each is replaced by something visible: a
/// control picture such as `␛`, or its code as `\u{202e}`. What scripts and emoji need (joiners, variation selectors)
/// stays.
package enum ControlCharacters {
    /// Returns `text` on one line: each line break or tab becomes a space.
    package static func neutralised(_ text: String) -> String {
        isPlain(text, allowingLines: false) ? text : neutralise(text, keepingLines: false)
    }

    /// Returns `text` with its line feeds and tabs; CR LF and the separators U+2028 and U+2029 become LF.
    package static func neutralisedLines(_ text: String) -> String {
        isPlain(text, allowingLines: true) ? text : neutralise(text, keepingLines: true)
    }

    /// Returns rows of CSV, TSV or Markdown with their line feeds and tabs; U+2028 or U+2029 in a cell becomes a space,
    /// because a line feed would begin another row.
    package static func neutralisedRows(_ rows: String) -> String {
        isPlain(rows, allowingLines: true) ? rows : neutralise(rows, keepingLines: true, keepingSeparators: false)
    }

    /// Returns JSON text for a terminal: characters that tables would replace become `\u` escapes, so that the value
    /// stays the same.
    package static func escaped(inJSON json: String) -> String {
        if isPlain(json, allowingLines: true) { return json }
        let isRightToLeft = json.containsRightToLeft
        var output = String.UnicodeScalarView()
        output.reserveCapacity(json.utf8.count)
        var previous: Unicode.Scalar = " "
        for scalar in json.unicodeScalars {
            switch scalar.value {
            case 0x20..<0x7F, 0x0A, 0x09: output.append(scalar)
            // It can only stand between values, because no string may hold it unescaped.
            case 0x0D: output.append(" ")
            case 0x80... where scalar.isVisible(after: previous, amongRightToLeft: isRightToLeft): output.append(scalar)
            default: scalar.utf16.forEach { output.append(each: jsonEscape($0)) }
            }
            previous = scalar
        }
        return String(output)
    }

    private static func jsonEscape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// Whether `text` is ASCII that needs no replacement: the common case, decided by bytes.
    private static func isPlain(_ text: String, allowingLines: Bool) -> Bool {
        let plain = text.utf8.withContiguousStorageIfAvailable { bytes in
            bytes.allSatisfy { 0x20 <= $0 && $0 < 0x7F || allowingLines && ($0 == 0x0A || $0 == 0x09) }
        }
        return plain ?? false
    }

    private static func neutralise(_ text: String, keepingLines: Bool, keepingSeparators: Bool = true) -> String {
        let scalars = text.unicodeScalars
        let isRightToLeft = text.containsRightToLeft
        var output = String.UnicodeScalarView()
        output.reserveCapacity(text.utf8.count)
        var previous: Unicode.Scalar = " "
        var index = scalars.startIndex
        while index < scalars.endIndex {
            let scalar = scalars[index]
            scalars.formIndex(after: &index)
            switch scalar.value {
            case 0x0D where index < scalars.endIndex && scalars[index] == "\n": continue
            case 0x0A, 0x09: output.append(keepingLines ? scalar : " ")
            case 0x0D where !keepingLines: output.append(" ")
            case 0x2028, 0x2029: output.append(keepingLines && keepingSeparators ? "\n" : " ")
            case 0..<0x20: output.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
            case 0x7F: output.append("\u{2421}")
            // A terminal doesn't hyphenate, and an invisible soft hyphen could make two names look alike. An ASCII
            // hyphen instead could complete a secret that was broken up so as not to be masked.
            case 0xAD: output.append("\u{2010}")
            case 0x20..<0x7F: output.append(scalar)
            default:
                if scalar.isHarmless(after: previous, amongRightToLeft: isRightToLeft) {
                    output.append(scalar)
                } else {
                    output.append(each: "\\u{\(String(scalar.value, radix: 16))}")
                }
            }
            previous = scalar
        }
        return String(output)
    }
}

extension Unicode.Scalar {
    /// Whether tables show this non-ASCII character unchanged here.
    fileprivate func isVisible(after previous: Unicode.Scalar, amongRightToLeft: Bool) -> Bool {
        switch value {
        case 0xAD, 0x2028, 0x2029: false
        default: isHarmless(after: previous, amongRightToLeft: amongRightToLeft)
        }
    }

    /// Whether this non-ASCII character neither hides nor misleads here.
    fileprivate func isHarmless(after previous: Unicode.Scalar, amongRightToLeft: Bool) -> Bool {
        switch value {
        case 0xA0..<0x300, 0x3041..<0x3130, 0x4E00..<0xA000, 0xAC00..<0xD7A4: return true
        // Joiners and the zero-width space are part of the spelling in scripts from Hebrew onwards, elsewhere invisible
        // noise.
        case 0x200D where previous.joinsEmoji: return true
        case 0x200B...0x200D: return previous.value >= 0x590 && previous.isLetterOrMark
        case 0x200E, 0x200F, 0x061C: return amongRightToLeft
        case 0x034F: return previous.value >= 0x300 && previous.isLetterOrMark
        case 0x1160: return (0x1100...0x115F).contains(previous.value)
        // Tag characters after a black flag spell the flag of a region.
        case 0xE0020...0xE007F: return previous == "\u{1F3F4}" || (0xE0020...0xE007E).contains(previous.value)
        default: break
        }
        // One selector after a character picks its form; a run of them can carry hidden text.
        if properties.isVariationSelector { return previous.takesVariationSelector }
        switch properties.generalCategory {
        case .control: return false
        case .format: return isNumberSign
        default: return !properties.isDefaultIgnorableCodePoint
        }
    }

    private var isLetterOrMark: Bool {
        switch properties.generalCategory {
        case .otherLetter, .uppercaseLetter, .lowercaseLetter, .modifierLetter, .nonspacingMark, .spacingMark: true
        default: false
        }
    }

    private var joinsEmoji: Bool {
        value >= 0x80 && (properties.isEmoji || self == "\u{FE0F}" || (0xE0020...0xE007F).contains(value))
    }

    private var takesVariationSelector: Bool {
        if value < 0x80 { return properties.isEmoji }
        return !properties.isVariationSelector && !properties.isDefaultIgnorableCodePoint && !properties.isWhitespace
    }
}
