import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelSettings

/// The variables that an entry of another program's file refers to, and who would get their values.
struct ImportedVariables {
    /// Each name once.
    let names: [String]
    /// Who would get the values, for people: the origin of a server, or a program.
    let receiver: String
    /// The server's URL with a letter in place of each variable; nil for a program, and if a variable decides which
    /// server it is.
    let url: HTTPURL?
    private let isServer: Bool

    /// Reads an entry in the form of this program's registry.
    init(_ entry: JSONValue) {
        var texts = ["url", "command", "cwd"].compactMap { entry[$0]?.string }
        texts += (entry["args"]?.array ?? []).compactMap { $0.string }
        for key in ["headers", "env"] { texts += (entry[key]?.object ?? [:]).compactMap { $0.value.string } }
        var found: [String] = []
        for text in texts {
            for reference in VariableReference.references(in: VariableReference.translated(text))
            where !found.contains(reference.name) {
                found.append(reference.name)
            }
        }
        let address = entry["url"]?.string.map(VariableReference.translated)
        // The origin is the same whatever the values are, or the variables decide it.
        let urls = ["x", "y"].map { letter -> HTTPURL? in
            let values = Dictionary(uniqueKeysWithValues: found.map { ($0, letter) })
            return address.flatMap { try? HTTPURL(try VariableReference.expand($0, values)) }
        }
        let fixed = urls[0]?.origin == urls[1]?.origin ? urls[0] : nil
        (names, url, isServer) = (found, fixed, address != nil)
        receiver =
            address.map { fixed?.origin ?? SecretMask.url($0) } ?? "the program '\(entry["command"]?.string ?? "")'"
    }

    /// Returns why an entry that somebody else may have written can't get these variables, whoever agrees to it; nil if
    /// it can.
    func refusal(_ registry: ServerRegistry) -> String? {
        if names.isEmpty { return nil }
        if isServer, url == nil { return "a variable decides which server it is" }
        guard names.contains(Settings.keyVariable), url.map({ registry.isParallels($0) }) != true else { return nil }
        return "it would send \(Settings.keyVariable) to \(receiver)"
    }
}
