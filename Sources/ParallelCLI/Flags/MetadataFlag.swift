import ParallelSystem

/// The metadata stored with a run or a group, in the order given.
typealias Metadata = [(key: String, value: String)]

enum MetadataFlag {
    /// Returns the flag `--metadata KEY=VALUE` for a `noun`.
    static func flag(of noun: String, details: String) -> Flag<Metadata> {
        Flag(
            "metadata", value: FlagSpec.Value("KEY=VALUE"), isRepeatable: true,
            summary: "Store KEY=VALUE with the \(noun) (repeatable)",
            details: details
        ) { metadata, text throws(InvalidValue) in
            guard let equals = text.place(of: "="), !text[..<equals].isBlank else {
                throw InvalidValue("'\(text)' is not KEY=VALUE")
            }
            let (key, value) = text.halves(around: equals)
            if metadata.contains(where: { $0.key.isExactly(key) }) { throw InvalidValue("'\(key)' is given twice") }
            metadata.append((String(key), String(value)))
        }
    }
}
