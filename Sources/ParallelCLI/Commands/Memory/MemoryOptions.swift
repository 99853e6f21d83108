import ParallelAPI
import ParallelHTTP
import ParallelSystem

/// Which memory a command is about.
struct MemoryOptions: Sendable {
    var scopeKey: String?

    static let flag = Flag<MemoryOptions>(
        "scope-key", value: FlagSpec.Value("KEY"), summary: "The memory kept under KEY, not your personal one",
        details: "That of 'task run --memory-scope-key'. Keys for applications have no personal memory."
    ) { options, text throws(InvalidValue) in
        options.scopeKey = try word(text, "key")
    }.formerly("memory-scope-key")

    /// Returns a key of a memory or the id of an entry: 1 to 128 letters, digits, `_` or `-` (API reference, memory).
    static func word(_ text: String, _ what: String) throws(InvalidValue) -> String {
        guard (1...128).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") })
        else {
            throw InvalidValue(
                "'\(text.shortened(to: 60))' is no \(what) of 1 to 128 letters, digits, '_' and '-'")
        }
        return text
    }

    /// The kinds of entries, each with the prefix of its ids.
    static let kinds: [(name: String, prefixes: [String])] = [
        ("task", ["trun_", "taskrun_"]), ("monitor", ["monitor_"]), ("findall", ["findall_", "frun_"]),
    ]

    static func kind<Options>(
        _ summary: String, details: String = "", _ apply: @escaping @Sendable (inout Options, String) -> Void
    ) -> Flag<Options> {
        let names = kinds.map(\.name)
        return Flag(
            "kind", value: FlagSpec.Value("KIND", completion: .words(names)), summary: summary, details: details
        ) { options, text throws(InvalidValue) in
            guard names.contains(text) else { throw ChoiceText.unknown(text, among: names) }
            apply(&options, text)
        }
    }
}

extension Endpoint {
    /// A call about a memory, whose path ends with `name`. Removing an entry twice has the same effect as once.
    static func memory(_ name: String) -> Endpoint { Endpoint(.post, ["v1beta", "memory", name]) }
}
