/// Finds many patterns in a text at once, by bytes.
///
/// The automaton of Aho and Corasick ("Efficient string matching", 1975): a tree of all beginnings of patterns, in
/// which one goes from byte to byte of the text, and from where it does not go on to the longest end of what was read
/// that is a beginning as well. The time grows with the text alone; what is found is joined at once, so that the memory
/// does too. Making it takes time and memory that grow with the bytes of the patterns.
package struct SecretFinder: Sendable {
    /// The fewest bytes of a pattern that counts wherever it stands; a shorter one counts as a whole word only: where
    /// no letter or digit stands beside it.
    static let shortestAnywhere = 8
    /// The fewest bytes of a pattern; a shorter one would hide words that mean nothing.
    static let shortestWord = 4
    /// The fewest bytes of a beginning that is hidden; less tells nothing.
    private static let shortestBeginning = 4
    private static let ellipsis = Array("…".utf8)

    /// A beginning of patterns. There are at most as many as all patterns have bytes, which is less than `Int32`
    /// counts.
    private struct Node {
        /// The children stand side by side, ordered by their bytes.
        var firstChild: Int32 = 0
        /// The node of the longest end of this beginning that is a beginning too, and shorter.
        var failure: Int32 = 0
        /// The length of the longest end of this, itself included, with which a pattern begins but not ends.
        var begun: Int32 = 0
        /// The length of the longest pattern that ends here and counts anywhere, or 0.
        var longest: Int32 = 0
        var childCount: UInt16 = 0
        /// The byte that leads here from the parent.
        let byte: UInt8
        /// The lengths of patterns that end here and count as words, one bit each: they are 4 to 7.
        var words: UInt8 = 0
    }

    /// The root comes first, then the others by their depth.
    private var nodes = [Node(byte: 0)]
    /// For each byte its node below the root; 0 where no pattern begins with it.
    private var firstNodes = [Int32](repeating: 0, count: 256)
    /// The bytes of the longest pattern.
    package let longest: Int

    /// Makes the automaton for patterns of 4 bytes or more.
    package init(_ patterns: Set<[UInt8]>) {
        longest = patterns.reduce(0) { max($0, $1.count) }
        nodes.reserveCapacity(patterns.reduce(1) { $0 + $1.count })
        let patterns = patterns.sorted { $0.lexicographicallyPrecedes($1) }
        // For each node of one depth the patterns that begin with it.
        var (level, below) = ([patterns.indices], [Range<Int>]())
        var (node, depth) = (0, 0)
        while !level.isEmpty {
            for var rest in level {
                let failure = nodes[Int(nodes[node].failure)]
                nodes[node].words = failure.words
                nodes[node].longest = failure.longest
                // The shortest is the first.
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
            // Less deep than the parent, and so complete.
            child.failure = Int32(next(from: Int(nodes[parent].failure), byte))
        }
        nodes[parent].childCount += 1
        nodes.append(child)
    }

    /// Where patterns stand in `text`, and where a beginning of one stands in front of the `…` of a text that was cut.
    ///
    /// In order; places that overlap are one, those that only touch are not.
    package func places(in text: [UInt8]) -> [Range<Int>] {
        var places: [Range<Int>] = []
        var (node, index) = (0, 0)
        while index < text.count {
            let byte = text[index]
            if node == 0 {
                // As in most of a text.
                node = Int(firstNodes[Int(byte)])
                index += 1
                continue
            }
            let begun = Int(nodes[node].begun)
            if byte == Self.ellipsis[0], begun >= Self.shortestBeginning, text[index...].starts(with: Self.ellipsis) {
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

    /// How many bytes at the end of `text` can be the beginning of a pattern.
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

    /// The length of the longest pattern that counts and ends in front of `end`, where one came to `node`.
    private func length(endingAt node: Int, before end: Int, in text: [UInt8]) -> Int? {
        let (longest, words) = (Int(nodes[node].longest), nodes[node].words)
        if longest > 0 { return longest }
        if words == 0 { return nil }
        return (Self.shortestWord..<Self.shortestAnywhere).last {
            words & 1 << $0 != 0 && Self.isWholeWord((end - $0)..<end, in: text)
        }
    }

    /// Adds a place that ends behind all others.
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
        // A scalar has four bytes at most; one that is cut off here is not the one that is looked at.
        let before = String(decoding: text[..<place.lowerBound].suffix(4), as: UTF8.self).unicodeScalars.last
        let after = String(decoding: text[place.upperBound...].prefix(4), as: UTF8.self).unicodeScalars.first
        return !isInWord(before) && !isInWord(after)
    }
}
