import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Warns where a server's tools are not what they were when the user pinned them.
struct PinnedTools: Sendable {
    let output: Output
    let context: Context

    /// Warns of tools among `tools` that are new or have changed; of those in `allowed` only, if it is not nil. Returns
    /// whether there are some. A server whose tools are not pinned causes no warning.
    @discardableResult
    func warn(of tools: [MCPTool], on server: MCPServer, allowing allowed: [String]? = nil) -> Bool {
        let pins: [ToolPin]
        do throws(FileError) {
            pins = try ToolPins(environment: context.environment).all()
        } catch {
            output.warnOnce("pinned tools can't be compared: \(error.path): \(error.reason)")
            return false
        }
        let url = SecretMask.url(server.url.template)
        guard let pin = pins.last(where: { $0.name.isExactly(server.name) && $0.url.isExactly(url) }) else {
            return false
        }
        let live = tools.map { PinnedTool($0.json.masked(context.streams.secrets)) }
        let changes = ToolChange.all(from: pin.tools, to: live).filter { change in
            change.kind != .removed && allowed?.contains(where: change.tool.isExactly) != false
        }
        var seen: Set<ExactText> = []
        let names = changes.filter { seen.insert(ExactText($0.tool)).inserted }.map { change in
            "'\(change.tool.shortened(to: 100))'\(change.kind == .added ? " (new)" : "")"
        }
        guard !names.isEmpty else { return false }
        let list = names.count > 20 ? names.prefix(20) + ["…"] : names
        let check = context.command(["mcp", "check"], operands: [server.name])
        let message =
            "tools of '\(server.name)' have changed since they were pinned: \(list.joined(separator: ", "))"
        guard output.remember(message) else { return true }
        output.warn(message)
        output.note("  to see what changed: \(command: check)")
        return true
    }
}
