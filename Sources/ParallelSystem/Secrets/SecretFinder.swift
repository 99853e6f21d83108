/// Finds many patterns in a text at once, by bytes.
///
/// The automaton of Aho and Corasick ("Efficient string matching", 1975): a tree of all beginnings of patterns, through
/// which the search goes byte by byte. Where no child matches, it continues at the longest suffix of what was read that
/// is also a beginning. Time grows with the text alone, and so does memory, because overlapping matches are joined at
/// once. Building it takes time and memory that grow with the bytes of the patterns.
package struct SecretFinder: Sendable {
    /// The minimum size, in bytes, of a pattern that matches anywhere. A shorter one matches only as a whole word, with
    /// no letter or digit beside it.
    static let shortestAnywhere = 8
    /// The minimum size of a pattern, in bytes; a shorter one would hide ordinary words.
    static let shortestWord = 4
    /// The minimum size, in bytes, of a beginning that is hidden; a shorter one reveals nothing.
    private static let shortestBeginning = 4
    private static let ellipsis = Array("…".utf8)

    /// A beginning of one or more patterns. There are at most as many nodes as the patterns have bytes, which fits
    /// `Int32`.
    private struct Node {
        /// The index of the first child; the children are adjacent, ordered by their bytes.
        var firstChild: Int32 = 0
        /// The node of the longest proper suffix of this beginning that is a beginning too.
        var failure: Int32 = 0
        /// The length of the longest suffix of this beginning, itself included, that an unfinished pattern begins with.
        var begun: Int32 = 0
        /// The length of the longest pattern that ends here and matches anywhere, or 0.
        var longest: Int32 = 0
        var childCount: UInt16 = 0
        /// The byte that leads here from the parent.
        let byte: UInt8
        /// The lengths, 4 to 7, of patterns that end here and match only as words; bit n stands for length n.
        var words: UInt8 = 0
    }

    /// The root, then the other nodes, ordered by depth.
    private var nodes = [Node(byte: 0)]
    /// For each byte the root's child; 0 if no pattern begins with it.
    private var firstNodes = [Int32](repeating: 0, count: 256)
    /// The bytes of the longest pattern.
    package let longest: Int

    /// Builds the automaton for patterns of 4 bytes or more.
    package init(_ patterns: Set<[UInt8]>) {
        longest = patterns.reduce(0) { max($0, $1.count) }
        nodes.reserveCapacity(patterns.reduce(1) { $0 + $1.count })
        let patterns = patterns.sorted { $0.lexicographicallyPrecedes($1) }
        // For each node of one depth, the patterns that begin with it.
        var (level, below) = ([patterns.indices], [Range<Int>]())
        var (node, depth) = (0, 0)
        while !level.isEmpty {
            for var rest in level {
                let failure = nodes[Int(nodes[node].failure)]
                nodes[node].words = failure.words
                nodes[node].longest = failure.longest
                // In a sorted list the shortest pattern comes first.
                if let first = rest.first, patterns[first].count == depth {
                    rest.removeFirst()
                    if depth < Self.shortestAnywhere {
                        nodes[node].words |= 1 << depth
                    } else {
                        nodes[node].longest = Int32(depth)
                    }
                }
                nodes[node].begun = rest.isEmpty ? failure.begun : Int32(depth)
                nodes[node].firstChild = Int32(nodes.count)
                while let first = rest.first {
                    let byte = patterns[first][depth]
                    let end = rest.firstIndex { patterns[$0][depth] != byte } ?? rest.endIndex
                    addChild(byte, of: node)
                    below.append(first..<end)
                    rest = end..<rest.upperBound
                }
                node += 1
            }
            swap(&level, &below)
            below.removeAll(keepingCapacity: true)
            depth += 1
        }
    }

    private mutating func addChild(_ byte: UInt8, of parent: Int) {
        var child = Node(byte: byte)
        if parent == 0 {
            firstNodes[Int(byte)] = Int32(nodes.count)
        } else {
            // The failure node is less deep than the parent, so its children are already complete.
            child.failure = Int32(next(from: Int(nodes[parent].failure), byte))
        }
        nodes[parent].childCount += 1
        nodes.append(child)
    }

    /// Returns where patterns occur in `text`, and where a beginning of one precedes the `…` of a text that may be cut.
    ///
    /// The ranges are in order. Overlapping ones are joined, adjacent ones are not.
    package func places(in text: [UInt8], mayBeCut: Bool = true) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var (node, index) = (0, 0)
        while index < text.count {
            let byte = text[index]
            if node == 0 {
                // The common case: no pattern has begun.
                node = Int(firstNodes[Int(byte)])
                index += 1
                continue
            }
            let begun = Int(nodes[node].begun)
            if mayBeCut, byte == Self.ellipsis[0], begun >= Self.shortestBeginning,
                text[index...].starts(with: Self.ellipsis)
            {
                Self.add((index - begun)..<index, to: &places)
            }
            node = next(from: node, byte)
            index += 1
            if let length = length(endingAt: node, before: index, in: text) {
                Self.add((index - length)..<index, to: &places)
            }
        }
        return places
    }

    /// Returns how many bytes at the end of `text` may be the beginning of a pattern.
    package func lengthBegun(atEndOf text: [UInt8]) -> Int {
        Int(nodes[text.suffix(longest).reduce(0) { next(from: $0, $1) }].begun)
    }

    private func next(from start: Int, _ byte: UInt8) -> Int {
        var node = start
        while node != 0 {
            if let child = child(of: node, byte) { return child }
            node = Int(nodes[node].failure)
        }
        return Int(firstNodes[Int(byte)])
    }

    private func child(of node: Int, _ byte: UInt8) -> Int? {
        var low = Int(nodes[node].firstChild)
        let end = low + Int(nodes[node].childCount)
        var high = end
        while low < high {
            let middle = (low + high) / 2
            if nodes[middle].byte < byte { low = middle + 1 } else { high = middle }
        }
        return low < end && nodes[low].byte == byte ? low : nil
    }

    /// Returns the length of the longest matching pattern that ends before `end`, where the search is at `node`.
    private func length(endingAt node: Int, before end: Int, in text: [UInt8]) -> Int? {
        let (longest, words) = (Int(nodes[node].longest), nodes[node].words)
        if longest > 0 { return longest }
        if words == 0 { return nil }
        return (Self.shortestWord..<Self.shortestAnywhere).last {
            words & 1 << $0 != 0 && Self.isWholeWord((end - $0)..<end, in: text)
        }
    }

    /// Adds a range that ends after all others, joined with those it overlaps.
    private static func add(_ place: Range<Int>, to places: inout [Range<Int>]) {
        var start = place.lowerBound
        while let last = places.last, last.upperBound > start {
            start = min(start, last.lowerBound)
            places.removeLast()
        }
        places.append(start..<place.upperBound)
    }

    private static func isWholeWord(_ place: Range<Int>, in text: [UInt8]) -> Bool {
        func isInWord(_ scalar: Unicode.Scalar?) -> Bool {
            guard let properties = scalar?.properties else { return false }
            return properties.isAlphabetic || properties.numericType != nil || scalar == "_"
        }
        // A scalar has at most four bytes. One that this cuts in half is not the neighbour of `place`.
        let before = String(decoding: text[..<place.lowerBound].suffix(4), as: UTF8.self).unicodeScalars.last
        let after = String(decoding: text[place.upperBound...].prefix(4), as: UTF8.self).unicodeScalars.first
        return !isInWord(before) && !isInWord(after)
    }
}
