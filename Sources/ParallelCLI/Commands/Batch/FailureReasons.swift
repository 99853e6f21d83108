import ParallelAPI
import ParallelSystem

/// The reasons why rows failed, each with the number of rows.
struct FailureReasons {
    /// The reasons in the order in which they came.
    private var reasons: [(text: String, rows: Int)] = []
    private var places: [ExactText: Int] = [:]
    /// The number of rows with reasons that are not counted one by one.
    private var others = 0

    /// The maximum number of different reasons that are counted.
    private static let maximumCount = 500
    private static let shownCount = 5
    private static let shownLength = 100

    /// Counts a row that failed for `reason`.
    mutating func add(_ reason: String) {
        // Longer than what is shown, so that secrets are whole when they are masked.
        let text = Self.withoutIDs(reason.shortened(to: 1_000))
        if let place = places[ExactText(text)] {
            reasons[place].rows += 1
        } else if reasons.count < Self.maximumCount {
            places[ExactText(text)] = reasons.count
            reasons.append((text, 1))
        } else {
            others += 1
        }
    }

    /// Returns the most frequent reasons: `30 × no website found, 6 × the run timed out, 2 others`.
    func summary(hiding secrets: KnownSecrets) -> String {
        let ranked = reasons.enumerated().sorted { ($1.element.rows, $0.offset) < ($0.element.rows, $1.offset) }
        var parts = ranked.prefix(Self.shownCount).map {
            "\($0.element.rows.grouped) × \(secrets.shortened($0.element.text.utf8, to: Self.shownLength))"
        }
        let rest = ranked.dropFirst(Self.shownCount).reduce(others) { $0 + $1.element.rows }
        if rest > 0 { parts.append(counted(rest, "other")) }
        return parts.joined(separator: ", ")
    }

    /// Returns a reason without what differs from run to run: reference ids, and words that are ids.
    private static func withoutIDs(_ reason: String) -> String {
        reason.withoutReferenceIDs.parts(between: " ").map { isID($0) ? "…" : String($0) }.joined(separator: " ")
    }

    /// Whether a word is an id: long, of letters, digits, `-` and `_`, and with digits in it.
    private static func isID(_ word: Substring) -> Bool {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: ","), UInt8(ascii: ")"), UInt8(ascii: "("):
                true
            default: false
            }
        }
        let digits = word.utf8.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return isPlain && word.utf8.count >= 16 && digits >= 4
    }
}
