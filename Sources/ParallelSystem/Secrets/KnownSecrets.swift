/// The secrets that the program knows, and the masking of them in texts.
///
/// Code that learns a secret adds it here: the API key, header values of MCP servers, values of variables. `Streams`
/// masks all of them in everything written for people. A secret of eight bytes or more is masked anywhere, one of four
/// to seven bytes only as a whole word, and a shorter one never, because that would hide ordinary words.
///
/// Matching is by bytes (`SecretFinder`), in time and memory that grow with the length of the text alone, not with its
/// contents or the number of secrets. The cost of a secret is bounded too, because cloned projects and servers bring
/// their own: its encoded forms are left out if it is very long, or if earlier secrets have used up the room for forms.
/// The secret itself is always hidden.
package final class KnownSecrets: Sendable {
    /// Replaces a secret in what people see.
    package static let mask = "***"
    /// The default limit for a message that is shown, in bytes.
    package static let messageLimit = 4_000

    /// The size up to which all forms of a secret are hidden, in bytes; header fields are rarely as long.
    private static let maximumSizeWithForms = 4 << 10
    /// The total size of all forms, in bytes, after which only secrets themselves are added: enough for some thousands
    /// of keys.
    private static let maximumBytesOfForms = 1 << 20

    private struct State {
        var patterns: Set<[UInt8]> = []
        var bytesOfForms = 0
        /// Made from `patterns` when something is to be masked; nil if they have changed since.
        var finder: SecretFinder?
    }

    private let state = Lock(State())

    /// The finder of all patterns; nil if there are no secrets.
    private var finder: SecretFinder? {
        state.withLock { state in
            if state.finder == nil, !state.patterns.isEmpty { state.finder = SecretFinder(state.patterns) }
            return state.finder
        }
    }

    package init() {}

    /// Whether an unknown text looks like a secret rather than a word: eight bytes or more, with a digit and a letter.
    package static func looksGenerated(_ text: String) -> Bool {
        text.utf8.count >= SecretFinder.shortestAnywhere && text.utf8.contains(where: \.isASCIIDigit)
            && text.utf8.contains { $0.isASCIILetterOrDigit && !$0.isASCIIDigit }
    }

    /// Hides `secret` from now on, also in the forms in which others repeat it: percent-encoded, escaped in JSON or
    /// HTML, as hexadecimal digits, in Base64 alone or within a longer text, and without its scheme, such as `Bearer `.
    /// The password in the Base64 of `Basic` (RFC 7617) is hidden too.
    package func hide(_ secret: String) {
        let secret = Array(secret.utf8)
        let hasRoomForForms =
            secret.count <= Self.maximumSizeWithForms
            && state.withLock { $0.bytesOfForms < Self.maximumBytesOfForms }
        let patterns = hasRoomForForms ? SecretForms.all(of: secret) : SecretForms.texts(of: secret)
        state.withLock { state in
            for pattern in patterns where pattern.count >= SecretFinder.shortestWord {
                guard state.patterns.insert(pattern).inserted else { continue }
                if hasRoomForForms { state.bytesOfForms += pattern.count }
                state.finder = nil
            }
        }
    }

    /// Returns `text` with every secret masked.
    ///
    /// - Parameter mayBeCut: whether an `…` may stand for the rest of a secret, so that a beginning before it is masked
    ///   too.
    package func masked(_ text: String, mayBeCut: Bool = true) -> String {
        guard let finder else { return text }
        return Self.masked(Array(text.utf8), finder, mayBeCut: mayBeCut).map { String(decoding: $0, as: UTF8.self) }
            ?? text
    }

    /// Returns the beginning of a foreign message of any length, with every secret masked: at most `limit` bytes, then
    /// `…` if there was more.
    ///
    /// Examines only as much of the text as it needs. Leaves no beginning of a secret at the cut.
    package func shortened(_ text: some Collection<UInt8>, to limit: Int = messageLimit) -> String {
        let finder = finder
        var head = Array(text.prefix(limit + (finder?.longest ?? 0)))
        var isCut = head.count < text.count
        if isCut, let finder { head.removeLast(finder.lengthBegun(atEndOf: head)) }
        var shown = finder.flatMap { Self.masked(head, $0) } ?? head
        if shown.count > limit {
            shown.removeSubrange(limit...)
            isCut = true
        }
        // Half a character would be shown as a different one.
        if isCut { Self.dropBrokenCharacter(&shown) }
        return String(decoding: shown, as: UTF8.self) + (isCut ? "…" : "")
    }

    /// Shortens and masks `text` like the bytes above.
    package func shortened(_ text: String, to limit: Int = messageLimit) -> String { shortened(text.utf8, to: limit) }

    /// Returns `bytes` with every secret masked; nil if there is none.
    private static func masked(_ bytes: [UInt8], _ finder: SecretFinder, mayBeCut: Bool = true) -> [UInt8]? {
        let places = finder.places(in: bytes, mayBeCut: mayBeCut)
        guard !places.isEmpty else { return nil }
        var shown: [UInt8] = []
        var end = 0
        for place in places {
            shown += bytes[end..<place.lowerBound]
            shown += mask.utf8
            end = place.upperBound
        }
        shown += bytes[end...]
        return shown
    }

    private static func dropBrokenCharacter(_ bytes: inout [UInt8]) {
        var count = 0
        while let last = bytes.dropLast(count).last, last & 0xC0 == 0x80, count < 3 { count += 1 }
        guard let first = bytes.dropLast(count).last, first >= 0xC0 else { return }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        if count + 1 < length { bytes.removeLast(count + 1) }
    }
}
