import ParallelMCP
import ParallelOutput
import ParallelSystem

/// The options and the work that `mcp disable` and `mcp enable` share.
struct MCPSwitch {
    struct Options: CommandOptions {
        var name = ""
        var scope: RegistryScope?
        var output = OutputOptions()
        var needsOutputPlace: Bool { false }

        static let flags: [Flag<Options>] =
            [MCPFlags.scope("Whose entry it is: user or project").embedded(at: \.scope)]
            + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let positionals = [Positional("NAME", .required, completion: .mcpServers, summary: "a name from 'mcp list'")]

    static func check(_ options: inout Options, _ words: [String]) { options.name = words[0] }

    let options: Options
    let output: Output
    let context: Context

    func set(isDisabled: Bool) throws -> ExitCode {
        let registry = ServerRegistry(context)
        // The name may be in a file that can't be read. If that is the file to change, `setDisabled` throws.
        if let entries = try? registry.entries(), !entries.contains(where: { $0.name.isExactly(options.name) }) {
            throw UsageError.unknownServer(options.name, among: entries, context)
        }
        let scope = try options.scope ?? registry.scope(of: options.name, for: isDisabled ? .disable : .enable)
        let (path, isChanged) = try registry.setDisabled(isDisabled, options.name, in: scope)
        let state = isDisabled ? "disabled" : "enabled"
        output.note(
            isChanged ? "\(state) '\(options.name)' in \(path)" : "'\(options.name)' is already \(state); nothing to do"
        )
        return .success
    }
}
