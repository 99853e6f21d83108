import ParallelAPI

/// The flags that name data connectors, the same wherever the API takes them.
enum DataSourceFlags {
    /// - Parameters:
    ///   - user: what may use them, such as `the run`.
    ///   - limit: where they can't be had, as a sentence.
    static func all(of user: String, limit: String) -> [Flag<DataSources>] {
        func names(_ known: [String]) -> (value: FlagSpec.Value, text: String) {
            (FlagSpec.Value("NAME", completion: .words(known)), known.joined(separator: ", "))
        }
        let (free, paid) = (names(DataSources.knownFree), names(DataSources.knownPaid))
        return [
            Flag(
                "data-source", value: free.value, isRepeatable: true,
                summary: "Let \(user) use a free data source (repeatable)",
                details:
                    "A data connector such as \(free.text). Which of them an account has, the API decides. \(limit)"
            ) { sources, text throws(InvalidValue) in sources.free.append(try FilledText.parse(text)) },
            Flag(
                "paid-source", value: paid.value, isRepeatable: true,
                summary: "Let \(user) use a paid data source (repeatable)",
                details: "A data connector such as \(paid.text). Each call that succeeds costs what its provider asks, "
                    + "which is not published, beside the price that is told; there may be several calls."
            ) { sources, text throws(InvalidValue) in sources.paid.append(try FilledText.parse(text)) },
        ]
    }
}
