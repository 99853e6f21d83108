import ParallelAuth
import ParallelClients
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// What is left of a server whose entry was removed or replaced: pinned tools, an approval, logins, and the entries
/// that `mcp install` has written for other programs.
struct ServerTraces {
    let output: Output
    let context: Context

    private var registry: ServerRegistry { ServerRegistry(context) }

    /// Returns the entry of a name in the file of a scope; nil if there is none that can be read.
    static func entry(_ name: String, in scope: RegistryScope, _ context: Context) -> RegistryEntry? {
        ServerRegistry(context).listedEntries().entries.first {
            $0.name.isExactly(name) && $0.origin.name == scope.rawValue
        }
    }

    /// Forgets what nothing else needs now that `entry` is no longer in its file, and says so: the pinned tools, unless
    /// another entry has this name and URL; the approval; the logins, which are ended, unless another entry has the
    /// URL. What can't be forgotten is a warning, as the entry is gone already. Names the commands that take the server
    /// out of other programs' files.
    func forget(_ entry: RegistryEntry) async throws {
        let entries = registry.listedEntries().entries
        let sameName = entries.filter { $0.name.isExactly(entry.name) }
        let old = try? entry.definition()
        // A program has no URL: its tools stay pinned as long as there is another entry of this name.
        let pinned = old.map { SecretMask.url($0.url) }
        let isPinnedElsewhere = sameName.contains { other in
            guard let pinned else { return true }
            return (try? other.definition()).map { SecretMask.url($0.url).isExactly(pinned) } == true
        }
        if !isPinnedElsewhere {
            forget("pinned tools", of: entry) {
                try ToolPins(environment: context.environment).remove(entry.name, at: pinned)
            }
        }
        if entry.origin.name == RegistryScope.project.rawValue {
            forget("approval", of: entry) {
                try TrustedServers(environment: context.environment).revoke(
                    entry.name, in: registry.resolvedProjectPath)
            }
        }
        let url = old?.currentURL(context.environment)?.description
        let isInUse = entries.contains { other in
            guard let url, let definition = try? other.definition() else { return false }
            return definition.currentURL(context.environment)?.description.isExactly(url) == true
        }
        tellOfClients(of: entry.name, isGone: sameName.isEmpty, url: old?.url, isInUse: isInUse)
        guard let url, !isInUse else { return }
        let logins = StoredLogins(output: output, context: context)
        for login in logins.all where login.server.isExactly(url) { try await logins.end(login, at: entry.name) }
    }

    /// Forgets records of the server. `work` does it, and returns their number.
    private func forget(_ what: String, of entry: RegistryEntry, _ work: () throws -> Int) {
        do {
            if try work() > 0 { output.note("forgot the \(what) of '\(entry.name)'") }
        } catch {
            output.warn("the \(what) of '\(entry.name)' can't be forgotten: \(ErrorReport(error, context).message)")
        }
    }

    /// Names other programs' entries that reach the server by its URL or, if its name is gone, have that name or reach
    /// it by that name through this program. One that calls a URL of which another entry is still in use may be that
    /// one's, unless it has the name.
    private func tellOfClients(of name: String, isGone: Bool, url: String?, isInUse: Bool) {
        let place = ClientPlace(output, context)
        let names = [name, ClientPlace.slug(name)]
        var seen: Set<String> = []
        for client in ClientCatalogue.all {
            for scope in Client.Scope.allCases {
                guard let path = place.paths.file(of: client, scope, name: ClientPlace.slug(name)),
                    UserFile.exists(path), seen.insert(path).inserted,
                    let file = try? ClientFile(client, scope, path: path)
                else { continue }
                for member in file.servers {
                    let isBridged = isGone && ClientEntry.bridged(by: member.value)?.isExactly(name) == true
                    let isCalled = url.map { ClientEntry.url(of: member.value)?.isExactly($0) == true } == true
                    let isNamed = names.contains(where: member.key.isExactly)
                    guard isBridged || isGone && isNamed || isCalled && (!isInUse || isNamed) else { continue }
                    let command = context.command(
                        ["mcp", "uninstall"], operands: [client.id, member.key],
                        flags: scope == .project ? ["--scope", "project"] : [])
                    output.note(
                        "\(client.name) still has '\(member.key)' (\(path)); to take it out there: \(command: command)"
                            as Hint,
                        behind: "note: ")
                }
            }
        }
    }
}
