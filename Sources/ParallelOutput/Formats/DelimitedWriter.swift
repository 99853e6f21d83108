import ParallelSystem

/// Writes CSV (RFC 4180) or TSV, with quotes where a field needs them: the one dialect of the program.
///
/// Lines end with LF, not with the CR LF of the RFC, unless that is asked for: shells, `cut` and `awk` would take a CR
/// for a part of the last field, and every reader of CSV takes both.
package struct DelimitedWriter: Sendable {
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let quote = UInt8(ascii: "\"")

    private let separator: UInt8
    private let endsLinesWithCRLF: Bool

    package init(separator: UInt8 = UInt8(ascii: ","), endsLinesWithCRLF: Bool = false) {
        self.separator = separator
        self.endsLinesWithCRLF = endsLinesWithCRLF
    }

    /// Writes a record of so many fields with its line end.
    package func append(
        count: Int, to output: inout [UInt8], field: (_ index: Int) -> UnsafeBufferPointer<UInt8>
    ) {
        for index in 0..<count {
            if index > 0 { output.append(separator) }
            append(field(index), isAlone: count == 1, to: &output)
        }
        endLine(&output)
    }

    /// Writes a record with its line end.
    package func append(_ fields: [String], to output: inout [UInt8]) {
        for (index, field) in fields.enumerated() {
            if index > 0 { output.append(separator) }
            var field = field
            field.withUTF8 { append($0, isAlone: fields.count == 1, to: &output) }
        }
        endLine(&output)
    }

    private func endLine(_ output: inout [UInt8]) {
        if endsLinesWithCRLF { output.append(0x0D) }
        output.append(0x0A)
    }

    /// An empty field alone would be an empty line, which readers pass over.
    private func append(_ field: UnsafeBufferPointer<UInt8>, isAlone: Bool, to output: inout [UInt8]) {
        guard needsQuotes(field, isAlone: isAlone) else {
            output.append(contentsOf: field)
            return
        }
        output.append(Self.quote)
        var start = 0
        for index in field.indices where field[index] == Self.quote {
            // The next part begins with this quote again.
            output.append(contentsOf: UnsafeBufferPointer(rebasing: field[start...index]))
            start = index
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: field[start...]))
        output.append(Self.quote)
    }

    /// Spaces at the ends are lost on some readers, and U+FEFF at the start of a text on nearly all.
    private func needsQuotes(_ field: UnsafeBufferPointer<UInt8>, isAlone: Bool) -> Bool {
        guard let first = field.first, let last = field.last else { return isAlone }
        if first == 0x20 || last == 0x20 || first == 0xEF && field.starts(with: Self.byteOrderMark) { return true }
        var index = 0
        while index + 8 <= field.count {
            let word = UInt64(
                littleEndian: UnsafeRawBufferPointer(field).loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let hits =
                word.marks(of: separator) | word.marks(of: Self.quote) | word.marks(of: 0x0A) | word.marks(of: 0x0D)
            if hits != 0 { return true }
            index += 8
        }
        return field[index...].contains { $0 == separator || $0 == Self.quote || $0 == 0x0A || $0 == 0x0D }
    }
}
