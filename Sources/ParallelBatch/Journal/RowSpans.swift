import ParallelJSON

/// Rows as ranges in JSON.
enum RowSpans {
    /// Returns ascending row numbers as ranges, such as `[[0, 999], [1001, 1001]]`.
    static func json(_ rows: [Int]) -> JSONValue {
        var spans: [(first: Int, last: Int)] = []
        for row in rows {
            if let last = spans.last?.last, row == last + 1 {
                spans[spans.count - 1].last = row
            } else {
                spans.append((row, row))
            }
        }
        return .array(spans.map { [.number(JSONNumber($0.first)), .number(JSONNumber($0.last))] })
    }

    /// Returns the rows of one range; none if there are more than `limit`.
    static func rows(of span: JSONValue, atMost limit: Int) -> [Int] {
        guard let first = span[0]?.int, let last = span[1]?.int, first >= 0, first <= last, last < 1 << 32,
            last - first < limit
        else { return [] }
        return Array(first...last)
    }
}
