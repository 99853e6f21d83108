package import ParallelJSON

/// One row of the input.
package struct InputRow: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        /// The cells of a CSV or TSV line, as many as there are columns.
        case cells([String])
        /// A JSON row, which is an object, a string, or null for a row without a value.
        case value(JSONValue)
    }

    /// The line where the row begins in the input, counted from 1.
    package let line: Int
    package let content: Content

    package init(line: Int, content: Content) {
        self.line = line
        self.content = content
    }

    /// Appends the row as one line of compact JSON with its LF: cells as an array of strings, a JSON row as it is.
    package func appendLine(to output: inout [UInt8]) {
        switch content {
        case .cells(let cells): JSONValue.array(cells.map(JSONValue.string)).append(to: &output)
        case .value(let value): value.append(to: &output)
        }
        output.append(UInt8(ascii: "\n"))
    }

    /// Reads a line that `appendLine(to:)` has written, with or without its LF; nil for anything else.
    package init?(line: Int, spooled bytes: UnsafeBufferPointer<UInt8>) {
        guard let value = try? JSONValue.parse(bytes) else { return nil }
        self.line = line
        if let cells = value.array {
            let texts = cells.compactMap(\.string)
            guard texts.count == cells.count else { return nil }
            content = .cells(texts)
        } else {
            guard value.object != nil || value.string != nil || value.isNull else { return nil }
            content = .value(value)
        }
    }
}
