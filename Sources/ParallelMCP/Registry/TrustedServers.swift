import ParallelHTTP
package import ParallelJSON
import ParallelSettings
package import ParallelSystem

/// What the user allows an entry of a project's file: to send the values of variables to one origin.
package struct ServerApproval: Sendable {
    /// The absolute path of the file, links followed.
    package let file: String
    /// The name of the entry.
    package let name: String
    /// The hash of the whole entry, repeated members included.
    let hash: String
    /// The variables that may be sent.
    package var variables: [String]
    /// Where they are sent, for people.
    package let origin: String
}

/// Remembers which entries of projects' files the user has approved: by path, name and content, so that another
/// clone's entry, or a changed one, is asked about anew.
package struct TrustedServers: Sendable {
    package enum Standing: Sendable { case approved, changed, unknown }

    /// The maximum number of approvals; the oldest are dropped.
    private static let maximumCount = 1_000

    private let record: PrivateRecord

    package init(environment: [String: String]) {
        record = PrivateRecord("trusted-servers.json", environment: environment)
    }

    /// Returns all approvals, the oldest first. Throws `FileError` if the record can't be relied on.
    package func all() throws(FileError) -> [ServerApproval] { try record.read().compactMap(ServerApproval.init) }

    /// Says whether exactly this was approved, or perhaps more variables.
    package func standing(of wish: ServerApproval) throws(FileError) -> Standing {
        guard let known = try all().last(where: wish.isForSameEntry) else { return .unknown }
        guard known.hash == wish.hash else { return .changed }
        return Set(wish.variables).isSubset(of: known.variables) ? .approved : .unknown
    }

    /// Remembers approvals. Those for files that are gone are forgotten. Throws `RegistryError` and `FileError`.
    package func approve(_ approvals: [ServerApproval]) throws {
        try record.change { servers in
            for var approval in approvals {
                let known = servers.compactMap(ServerApproval.init).last(where: approval.isForSameEntry)
                if let known, known.hash == approval.hash {
                    approval.variables += known.variables.filter { !approval.variables.contains($0) }
                }
                servers.removeAll { ServerApproval($0).map(approval.isForSameEntry) ?? true }
                servers.append(approval.json)
            }
            servers.removeAll { ServerApproval($0).map { !UserFile.exists($0.file) } ?? true }
            servers.removeFirst(max(0, servers.count - Self.maximumCount))
        }
    }

    /// Forgets approvals of an entry; without a file, those of all entries of that name. Returns their number. Throws
    /// `RegistryError` and `FileError`.
    package func revoke(_ name: String, in file: String?) throws -> Int {
        var count = 0
        try record.change { servers in
            let old = servers.count
            servers.removeAll { server in
                guard let approval = ServerApproval(server), approval.name.isExactly(name) else { return false }
                return file.map(approval.file.isExactly) ?? true
            }
            count = old - servers.count
        }
        return count
    }
}

extension ServerApproval {
    /// Reads an approval of the record; nil for anything else.
    init?(_ json: JSONValue) {
        guard let file = json["file"]?.string, let name = json["name"]?.string, let hash = json["sha256"]?.string,
            let variables = json["variables"]?.array
        else { return nil }
        self.init(
            file: file, name: name, hash: hash, variables: variables.compactMap(\.string),
            origin: json["origin"]?.string ?? "")
    }

    package var json: JSONValue {
        [
            "file": .string(file), "name": .string(name), "sha256": .string(hash), "origin": .string(origin),
            "variables": .array(variables.map(JSONValue.string)),
        ]
    }

    func isForSameEntry(_ other: ServerApproval) -> Bool {
        file.isExactly(other.file) && name.isExactly(other.name)
    }
}

extension ServerRegistry {
    /// Returns what an entry of the project's file needs to be approved for, with all of its variables; nil if it needs
    /// no approval, because it is of another file or has no variables.
    package func approval(neededBy entry: RegistryEntry) -> ServerApproval? {
        guard entry.origin.isProject, let file = resolvedProjectPath, let definition = try? entry.definition(),
            let (_, url) = try? definition.unexpanded(name: entry.name, environment)
        else { return nil }
        let variables = definition.variableNames.filter { $0 != Settings.keyVariable }
        guard !variables.isEmpty else { return nil }
        return ServerApproval(
            file: file, name: entry.name, hash: SHA256.digits(of: entry.value.bytes()), variables: variables,
            origin: url?.origin ?? "")
    }

    /// The path of the project's file with all links followed; nil if there is none.
    package var resolvedProjectPath: String? { path(of: .project).flatMap(UserFile.resolved) }
}
