extension Duration {
    /// The duration in milliseconds, rounded up, not negative, and at most what an `Int32` holds (24 days).
    package var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        if seconds >= 2_147_483 { return 2_147_483_000 }
        return max(0, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }

    /// The duration as text for messages: `30 s` or `0.25 s`.
    package var inSeconds: String {
        let milliseconds = wholeMilliseconds
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(Double(milliseconds) / 1000) s"
    }
}
