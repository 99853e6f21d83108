import ParallelSystem

/// Finds the name that a mistyped word probably means.
enum Suggestions {
    /// Returns the nearest of `names`; nil if none is near. At most a third of the word may differ.
    static func nearest(to word: String, among names: [String]) -> String? {
        let typed = Array(word.lowercased())
        let maximumDistance = max(1, typed.count / 3)
        // Names that are much longer or shorter are skipped, because comparing takes time in proportion to the product
        // of both lengths.
        let near = names.lazy.map { (name: $0, letters: Array($0)) }.filter {
            abs($0.letters.count - typed.count) <= maximumDistance
        }
        .map { (name: $0.name, distance: distance(typed, $0.letters)) }
        .min { $0.distance < $1.distance }
        if let near, near.distance <= maximumDistance { return near.name }
        guard typed.count >= 3 else { return nil }
        return names.filter { $0.begins(with: word) }.min { $0.utf8.count < $1.utf8.count }
    }

    /// Returns a hint for a name that a server has no tool or prompt of (`kind`); nil if it has none at all.
    static func hint(for word: String, _ kind: String, _ names: [String]) -> Hint? {
        if let near = nearest(to: word, among: names) { return "did you mean '\(near)'?" }
        return names.isEmpty ? nil : "its \(kind): \(names.joined(separator: ", "))"
    }

    /// Returns the optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours cost
    /// one each.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var rows = [Array(0...b.count)]
        for i in 1...max(a.count, 1) where !a.isEmpty {
            var row = [i]
            for j in 1...max(b.count, 1) where !b.isEmpty {
                let substitution = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, substitution)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, rows[i - 2][j - 2] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }
}
