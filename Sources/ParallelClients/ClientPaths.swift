import ParallelJSON
import ParallelSettings
import ParallelSystem

/// Where the clients of this machine have their files.
package struct ClientPaths: Sendable {
    let environment: [String: String]
    /// The root of the working tree; nil if there is none.
    let project: String?

    /// - Parameter project: the absolute path of the working tree's root, for files of projects.
    package init(environment: [String: String], project: String?) {
        self.environment = environment
        self.project = project
    }

    /// Returns the file of a client for servers of that name; nil if it has none there, or nothing says where.
    package func file(of client: Client, _ scope: Client.Scope, name: String) -> String? {
        switch scope {
        case .user:
            #if os(macOS)
                let template = client.text("mac") ?? client.text("user")
            #else
                let template = client.text("user")
            #endif
            return template.flatMap(expanded).map(existing)
        case .project:
            guard let project, let template = client.text("project") else { return nil }
            let path = template.parts(between: "$").enumerated().map { index, part in
                index > 0 && part.begins(with: "N") ? "\(name)\(part.dropping(bytes: 1))" : String(part)
            }
            return existing(project + (project.ends(with: "/") ? "" : "/") + path.joined())
        }
    }

    /// Whether the client seems to be on this machine: its file, the folder of that, or its program on the `PATH`.
    package func isFound(_ client: Client) -> Bool {
        guard let file = file(of: client, .user, name: "") else { return false }
        let folder = client.text("in").flatMap(expanded) ?? Directory.containing(file)
        return UserFile.exists(file) || UserFile.exists(folder)
            || ProgramPath.find(client.program, in: environment["PATH"]) != nil
    }

    /// Returns the file that is used instead of the client's file, and is a program.
    package func script(of client: Client) -> String? {
        (client.row["script"]?.array ?? []).lazy.compactMap(\.string).compactMap { template in
            template.begins(with: "$") ? expanded(template) : project.map { "\($0)/\(template)" }
        }.first(where: UserFile.exists)
    }

    /// Returns the path with its variables and `~` in place; nil if that gives no absolute path.
    private func expanded(_ template: String) -> String? {
        guard let home = environment["HOME"], home.begins(with: "/") else { return nil }
        #if os(macOS)
            let settings = "~/Library/Application Support"
        #else
            let settings = "${XDG_CONFIG_HOME:-~/.config}"
        #endif
        var path = template
        if path.begins(with: "$APP") { path = settings + path.dropping(bytes: 4) }
        // Defaults may hold references of their own, which VariableReference doesn't read: the outer one comes first.
        if path.begins(with: "${CLINE_MCP_SETTINGS_PATH:-") {
            let own = environment["CLINE_MCP_SETTINGS_PATH"] ?? ""
            path = own.begins(with: "/") ? own : String(path.dropping(bytes: 27).dropLast())
        }
        let absolute = environment.filter { $0.value.begins(with: "/") }
        path = (try? VariableReference.expand(path, absolute)) ?? path
        if path.begins(with: "~") { path = home + path.dropping(bytes: 1) }
        return path.begins(with: "/") ? path : nil
    }

    /// Returns the path whose `[c]` is left out, or kept if only that file exists.
    private func existing(_ path: String) -> String {
        guard path.ends(with: "[c]") else { return path }
        let short = String(path.dropLast(3))
        return !UserFile.exists(short) && UserFile.exists(short + "c") ? short + "c" : short
    }
}
