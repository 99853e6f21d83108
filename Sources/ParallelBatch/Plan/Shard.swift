import ParallelSystem

/// One of several parts of an input, whose rows are shared among several machines.
package struct Shard: Sendable, Equatable {
    /// The number of the shard, counted from 1.
    package let number: Int
    package let count: Int

    /// Parses `2/4`, the second of four shards; at most 10,000 are allowed. Nil for anything else.
    package init?(_ text: String) {
        let parts = text.parts(between: "/")
        guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]), count >= 1, count <= 10_000,
            (1...count).contains(number)
        else { return nil }
        self.number = number
        self.count = count
    }

    /// The shard as text: `2/4`.
    package var text: String { "\(number)/\(count)" }

    func contains(_ row: Int) -> Bool { row % count == number - 1 }

    /// Returns the number of rows that the shard has of an input with this many rows.
    package func share(of rows: Int) -> Int { (rows + count - number) / count }
}
