import ParallelSystem
import TestSupport
import Testing

@Suite struct SecretFinderTests {
    @Test func `what is found is what one finds who compares everywhere with everything`() {
        var (found, joined, words, begun) = (0, 0, 0, 0)
        for seed in 0..<1_000 {
            var random = SeededRandom(seed: UInt64(seed))
            let alphabet = Array("ab1é_-…".unicodeScalars.shuffled(using: &random).prefix(.random(in: 1...5)))
            func text(_ length: ClosedRange<Int>, _ random: inout SeededRandom) -> [UInt8] {
                let scalars = (0..<Int.random(in: length, using: &random)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                }
                return scalars.flatMap { Array(String($0).utf8) }
            }
            let drawn = (0..<Int.random(in: 1...8, using: &random)).map { _ in text(4...12, &random) }
            // Half of them begin or end like another.
            let related = drawn.enumerated().compactMap { index, pattern in
                index.isMultiple(of: 2) ? drawn[index / 2] + pattern : index.isMultiple(of: 3) ? pattern + pattern : nil
            }
            let patterns = Set(drawn + related)
            var whole = text(0...60, &random)
            for pattern in patterns where Bool.random(using: &random) {
                whole += pattern.prefix(.random(in: 0...pattern.count, using: &random)) + text(0...3, &random)
            }

            let (finder, naive) = (SecretFinder(patterns), NaiveFinder(patterns: patterns))
            let (places, expected) = (finder.places(in: whole), naive.places(in: whole))
            #expect(places == expected, "seed \(seed)")
            let length = finder.lengthBegun(atEndOf: whole)
            #expect(length == naive.lengthBegun(atEndOf: whole), "seed \(seed)")
            #expect(finder.longest == patterns.map(\.count).max(), "seed \(seed)")

            found += places.count
            joined += places.filter { place in !patterns.contains(Array(whole[place])) }.count
            words += places.filter { $0.count < 8 }.count
            begun += length
        }
        // The texts have what the finder is for.
        #expect([found, joined, words, begun].allSatisfy { $0 > 200 }, "\([found, joined, words, begun])")
    }

    @Test func `places that overlap are one at once, those that touch are two`() {
        let finder = SecretFinder(Set((0..<64).map { Array(repeating: UInt8(ascii: "a"), count: 8 + $0) }))
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 300_000)
        #expect(finder.places(in: text) == [0..<300_000])
        #expect(finder.places(in: Array("aaaaaaa".utf8)).isEmpty && finder.places(in: []).isEmpty)
        let other = SecretFinder([Array("abcdefgh".utf8), Array("hijklmno".utf8), Array("ghabcd".utf8)])
        #expect(other.places(in: Array("abcdefghabcdefghijklmno".utf8)) == [0..<8, 8..<23])
        #expect(other.places(in: Array("abcdefghijklmnohijklmno".utf8)) == [0..<15, 15..<23])
    }
}

/// Says what `SecretFinder` promises, without any haste.
private struct NaiveFinder {
    let patterns: Set<[UInt8]>

    func places(in text: [UInt8]) -> [Range<Int>] {
        var places: [Range<Int>] = []
        for pattern in patterns {
            for start in text.indices where text[start...].starts(with: pattern) {
                let place = start..<(start + pattern.count)
                if pattern.count >= 8 || isWord(place, in: text) { places.append(place) }
            }
            for end in text.indices where text[end...].starts(with: "…".utf8) {
                for length in 4..<max(4, pattern.count) where ends(text[..<end], with: pattern.prefix(length)) {
                    places.append((end - length)..<end)
                }
            }
        }
        var joined: [Range<Int>] = []
        for place in places.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, place.lowerBound < last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, place.upperBound)
            } else {
                joined.append(place)
            }
        }
        return joined
    }

    func lengthBegun(atEndOf text: [UInt8]) -> Int {
        patterns.flatMap { pattern in
            (0..<pattern.count).filter { ends(text[...], with: pattern.prefix($0)) }
        }.max() ?? 0
    }

    private func ends(_ text: ArraySlice<UInt8>, with end: ArraySlice<UInt8>) -> Bool {
        text.suffix(end.count).elementsEqual(end)
    }

    private func isWord(_ place: Range<Int>, in text: [UInt8]) -> Bool {
        let before = String(decoding: text[..<place.lowerBound], as: UTF8.self).unicodeScalars.last
        let after = String(decoding: text[place.upperBound...], as: UTF8.self).unicodeScalars.first
        return [before, after].allSatisfy { $0.map { !"ab1é_".unicodeScalars.contains($0) } ?? true }
    }
}
