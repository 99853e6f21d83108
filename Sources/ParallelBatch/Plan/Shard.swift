import ParallelSystem

/// One of several machines that share the rows of an input among them.
package struct Shard: Sendable, Equatable {
    /// From 1.
    package let number: Int
    package let count: Int

    /// Reads `2/4`: the second of four machines, of at most 10,000; nil for anything else.
    package init?(_ text: String) {
        let parts = text.parts(between: "/")
        guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]), count >= 1, count <= 10_000,
            (1...count).contains(number)
        else { return nil }
        self.number = number
        self.count = count
    }

    /// The shard as it is read: `2/4`.
    package var text: String { "\(number)/\(count)" }

    func contains(_ row: Int) -> Bool { row % count == number - 1 }

    /// Returns how many of so many rows it has.
    package func share(of rows: Int) -> Int { (rows + count - number) / count }
}
