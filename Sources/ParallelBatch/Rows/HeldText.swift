import ParallelSystem

/// Text that waits on disk until it is known whether its quotes enclose cells or are text.
///
/// They enclose cells if every cell that begins with a quote ends with one at a separator or at the end of the same
/// line.
struct HeldText {
    /// Reads the text as if the quotes enclosed cells.
    private var trial: DelimitedReader
    private let lines: LineFile
    /// The bytes behind the last line break.
    private var rest: [UInt8] = []

    /// - Parameter reader: the reader of the text before, which has read no quote yet.
    init(behind reader: DelimitedReader, temporaryDirectory: String) throws(FileError) {
        trial = reader
        trial.readsQuotes = true
        lines = try LineFile(path: nil, temporaryDirectory: temporaryDirectory)
    }

    /// Adds a piece. Returns false if the quotes are text.
    mutating func add(_ piece: [UInt8]) throws(FileError) -> Bool {
        var left = piece[...]
        while let end = left.place(of: 0x0A) {
            try lines.append(rest + left[..<end])
            rest = []
            left = left[(end + 1)...]
        }
        rest += left
        return piece.withUnsafeBufferPointer { piece in
            var position = 0
            return fits { (trial) throws(RowError) in try trial.next(in: piece, at: &position) }
        }
    }

    /// Whether the quotes enclose cells, once the text has ended.
    mutating func finish() -> Bool { fits { (trial) throws(RowError) in try trial.finish() } }

    /// Calls `body` with the text, line by line.
    func replay(_ body: ([UInt8]) throws -> Void) throws {
        try lines.forEach { try body(Array($1) + [0x0A]) }
        try body(rest)
    }

    /// Whether the quotes enclose cells as far as `step` reads.
    private mutating func fits(_ step: (inout DelimitedReader) throws(RowError) -> Bool) -> Bool {
        while true {
            do {
                let isAtEnd = try !step(&trial)
                if trial.hasLineBreak { return false }
                if isAtEnd { return true }
            } catch {
                if error.isFatal || trial.hasLineBreak { return false }
            }
        }
    }
}
