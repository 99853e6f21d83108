import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelSystem

/// The settings of a search by Parallel's search server. They are no arguments of its tool but go into a header of the
/// connection, where the server takes them from those who have a key.
struct SearchSettings: Sendable {
    var mode: String?
    var sources = SourceOptions()

    static let header = "x-parallel-search-config"

    static let flags: [Flag<SearchSettings>] =
        [SourceFlags.mode.embedded(at: \.mode)] + SourceFlags.all.map { $0.embedded(at: \.sources) }

    /// Returns the header's value for a call of `tool`; nil if no setting was given. Throws if a setting would have no
    /// effect.
    func headerValue(
        for tool: String, of resolved: ResolvedServer, _ context: Context
    ) throws -> String? {
        var request = SearchRequest()
        request.mode = mode
        request.sourcePolicy = sources.policy
        request.location = sources.location
        let settings = request.settings
        if settings.isEmpty { return nil }
        guard resolved.builtIn == .search, tool == "web_search" else {
            throw UsageError(
                "--mode, --location and the flags for sources are for the tool web_search of "
                    + BuiltInServer.search.rawValue, hint: "others get what they take with --arg")
        }
        try sources.policy.check()
        if let mode, !SearchRequest.modes.contains(mode) {
            let error = ChoiceText.unknown(UsageError.shown(mode), among: SearchRequest.modes)
            throw UsageError("--mode: \(error.reason)", hint: error.hint)
        }
        guard resolved.server.hasCredentials else {
            throw ErrorReport(
                .notAuthenticated,
                "without an API key the search server ignores --mode, --location and the flags for sources; "
                    + "nothing was called",
                hints: MissingKey().report(context).hints)
        }
        // A header holds ASCII; in JSON every other character can be written so.
        return JSONValue.object(settings).serialized().utf16.map { unit in
            unit < 0x80
                ? String(Unicode.Scalar(UInt8(unit))) : "\\u\(String(0x1_0000 + Int(unit), radix: 16).dropFirst())"
        }.joined()
    }
}
