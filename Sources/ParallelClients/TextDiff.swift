import ParallelSystem

/// The difference of two texts in the unified format (diff -u), as one hunk.
package enum TextDiff {
    /// Returns the lines, without their line ends; none if the texts are equal.
    ///
    /// - Parameter path: the name of both texts in the header.
    package static func unified(from old: [UInt8]?, to new: [UInt8]?, path: String) -> [String] {
        guard old != new else { return [] }
        let (before, after) = (lines(old ?? []), lines(new ?? []))
        let start = zip(before, after).prefix { $0 == $1 }.count
        let rest = min(before.count, after.count) - start
        let end = zip(before.reversed(), after.reversed()).prefix { $0 == $1 }.prefix(rest).count
        let head = before[..<start].suffix(3)
        let tail = before[(before.count - end)...].prefix(3)
        let removed = before[start..<(before.count - end)]
        let added = after[start..<(after.count - end)]
        func range(_ count: Int) -> String {
            let total = head.count + count + tail.count
            return "\(total == 0 ? 0 : start - head.count + 1),\(total)"
        }
        var hunk = ["@@ -\(range(removed.count)) +\(range(added.count)) @@"]
        for (sign, lines) in [(" ", Array(head)), ("-", Array(removed)), ("+", Array(added)), (" ", Array(tail))] {
            for line in lines {
                // As diff(1) shows a last line without a line end.
                let text = String(decoding: line.last == 0x0A ? line.dropLast() : line[...], as: UTF8.self)
                hunk.append(sign + (text.ends(with: "\r") ? String(text.unicodeScalars.dropLast()) : text))
                if line.last != 0x0A { hunk.append("\\ No newline at end of file") }
            }
        }
        return ["--- \(old == nil ? "/dev/null" : path)", "+++ \(new == nil ? "/dev/null" : path)"] + hunk
    }

    /// Returns the lines with their line ends.
    private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { $0 + [0x0A] }
        lines[lines.count - 1].removeLast()
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { Array($0) }
    }
}
