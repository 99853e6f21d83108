import ParallelClients
import ParallelJSON
import ParallelMCP
import ParallelSystem
import TestSupport
import Testing

/// `Tests/Golden/clients` has a file of each client before and after a server was installed, as a diff: lines that
/// begin with `-` are of the first, those with `+` of the second.
@Suite(.timeLimit(.minutes(10))) struct ClientGoldenTests {
    private static let definition = ServerDefinition(
        url: "https://wiki.example/mcp", headers: [.init(name: "Authorization", value: "Bearer ${WIKI_TOKEN}")])
    private static let clients = ClientCatalogue.all.map(\.id)

    private static func golden(_ id: String) throws -> (before: String, after: String) {
        let lines = try #require(Disk.text("Tests/Golden/clients/\(id).diff")).split(separator: "\n")
        func text(_ sign: Character) -> String {
            lines.filter { $0.first == " " || $0.first == sign }.map { $0.dropFirst() + "\n" }.joined()
        }
        return (text("-"), text("+"))
    }

    private static func file(_ id: String, _ text: String) throws -> ClientFile {
        let client = try #require(ClientCatalogue.client(named: id))
        return try ClientFile(client, .user, path: "/file", bytes: Array(text.utf8))
    }

    private static func entry(_ client: Client) -> ClientEntry {
        (try? ClientEntry(client, definition, as: "wiki"))
            ?? ClientEntry(client, bridgeTo: "wiki", as: "wiki", program: "/usr/local/bin/parallel")
    }

    @Test(arguments: clients, ["as it is", "CRLF", "BOM", "no line end"])
    func `a server is added to the client's file and taken out again, byte for byte`(id: String, form: String) throws {
        func formed(_ text: String) -> String {
            switch form {
            case "CRLF": text.replacing("\n", with: "\r\n")
            case "BOM": "\u{FEFF}" + text
            case "no line end": String(text.dropLast())
            default: text
            }
        }
        let (before, after) = try Self.golden(id)
        let file = try Self.file(id, formed(before))
        let entry = Self.entry(file.client)
        #expect(file.servers.count == 1 && file["wiki"] == nil)
        let new = try file.setting("wiki", to: entry.value)
        #expect(String(decoding: new, as: UTF8.self) == formed(after))
        let installed = try Self.file(id, formed(after))
        #expect(installed["wiki"]?.means(entry.value) == true)
        #expect(try installed.setting("wiki", to: entry.value).count == new.count)
        #expect(String(decoding: try installed.setting("wiki", to: nil), as: UTF8.self) == formed(before))
    }

    @Test(arguments: clients) func `a server in a file of its own is read as it was meant`(id: String) throws {
        let client = try #require(ClientCatalogue.client(named: id))
        let entry = Self.entry(client)
        for scope in Client.Scope.allCases {
            let fresh = try ClientFile(client, scope, path: "/file", bytes: nil).setting("wiki", to: entry.value)
            let file = try ClientFile(client, scope, path: "/file", bytes: fresh)
            #expect(file.servers.keys == ["wiki"] && file["wiki"] == entry.value)
            #expect(try file.fresh("wiki", entry.value) == fresh)
            #expect(fresh.last == 0x0A)
        }
        do throws(ImportedEntry.Refusal) {
            let expected: JSONValue = [
                "type": "http", "url": "https://wiki.example/mcp", "headers": ["Authorization": "Bearer ${WIKI_TOKEN}"],
            ]
            #expect(try ImportedEntry(entry.value, from: client).value == expected && entry.way == .http)
        } catch {
            #expect(error == .bridge(to: "wiki") && entry.way == .proxy)
        }
    }

    @Test(arguments: clients) func `a broken file is refused with its line and not changed`(id: String) throws {
        let (before, _) = try Self.golden(id)
        let client = try #require(ClientCatalogue.client(named: id))
        let broken = before + (["codex", "goose", "hermes", "continue"].contains(id) ? "]\n" : "}\n")
        let error = #expect(throws: ClientError.self) { try Self.file(id, broken) }
        guard case .unreadable("/file", let reason)? = error else {
            Issue.record("\(client.id): \(String(describing: error))")
            return
        }
        #expect(reason.contains("at line \(broken.split(separator: "\n", omittingEmptySubsequences: false).count - 1)"))
    }

    @Test(arguments: clients) func `another entry of that name is replaced in its place`(id: String) throws {
        let (before, _) = try Self.golden(id)
        let file = try Self.file(id, before)
        let entry = Self.entry(file.client)
        let name = file.servers.keys[0]
        var value = entry.value.object ?? [:]
        if value["name"] != nil { value["name"] = .string(name) }
        let replaced = try Self.file(id, String(decoding: try file.setting(name, to: .object(value)), as: UTF8.self))
        #expect(replaced.servers.count == 1 && replaced[name] == .object(value))
    }
}
