import ParallelSystem

extension LineCompletion {
    /// What Tab inserts behind `text`: the only candidate, or what all of them begin with. Returns nil if that adds
    /// nothing to what is there.
    ///
    /// `replaced` counts characters (scalars).
    func insertion(behind text: String) -> (replaced: Int32, addition: String)? {
        guard let first = candidates.first else { return nil }
        var addition = first.text
        for candidate in candidates.dropFirst() { addition = addition.commonStart(with: candidate.text) }
        let old = text.utf8.suffix(max(0, replaced))
        // What all begin with may be shorter than what was typed, if that was matched in another way.
        let isSettled = candidates.count == 1 || addition.utf8.count > old.count && addition.utf8.starts(with: old)
        guard isSettled, !addition.utf8.elementsEqual(old) else { return nil }
        return (Int32(clamping: old.count { $0 & 0xC0 != 0x80 }), addition)
    }
}

extension String {
    fileprivate func commonStart(with other: String) -> String {
        var start = UnicodeScalarView()
        for (own, others) in zip(unicodeScalars, other.unicodeScalars) {
            guard own == others else { break }
            start.append(own)
        }
        return String(start)
    }
}

/// The candidates of a completion, laid out below the line.
enum CompletionList {
    /// The most candidates that are listed.
    static let capacity = 100
    /// Up to this width, in columns, each candidate has a row of its own.
    private static let narrow = 40
    /// The least room for what is said about a candidate, in columns.
    private static let shortestSummary = 20

    /// Returns the rows for a terminal of that size: names with what is said about them where all of that fits the
    /// screen, else names in columns, which are read downwards.
    static func rows(_ candidates: [LineCompletion.Candidate], columns: Int, rows: Int) -> [String] {
        // The cursor stays in the row.
        let room = max(1, columns - 1)
        let shown = candidates.prefix(capacity)
        let names = shown.map { ControlCharacters.neutralised($0.label).truncated(toWidth: room) }
        let widest = names.reduce(0) { max($0, $1.displayWidth) }
        var list: [String]
        let roomForSummary = room - widest - 2
        if shown.count < rows - 2, roomForSummary >= shortestSummary, shown.contains(where: { !$0.summary.isEmpty }) {
            list = zip(names, shown).map { name, candidate in
                if candidate.summary.isEmpty { return name }
                let summary = ControlCharacters.neutralised(candidate.summary).truncated(toWidth: roomForSummary)
                return name.padded(toWidth: widest + 2) + summary
            }
        } else {
            let width = columns > narrow ? max(1, (room + 2) / (widest + 2)) : 1
            let height = (names.count + width - 1) / width
            list = (0..<height).map { row in
                let inRow = stride(from: row, to: names.count, by: height).map { names[$0] }
                return inRow.dropLast().map { $0.padded(toWidth: widest + 2) }.joined() + (inRow.last ?? "")
            }
        }
        if candidates.count > capacity { list.append("… and \(candidates.count - capacity) more") }
        return list
    }
}
