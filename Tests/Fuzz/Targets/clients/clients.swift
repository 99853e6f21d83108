import FuzzSupport
import ParallelClients
import ParallelJSON

/// Whatever another program's file holds, it is refused, or one entry is added and taken out, and the rest stays.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    // One client for each format, and each way to the servers.
    for id in ["cursor", "gemini-cli", "vscode", "opencode2", "openclaw", "codex", "goose", "continue"] {
        guard let client = ClientCatalogue.client(named: id),
            let file = try? ClientFile(client, .user, path: "file", bytes: bytes)
        else { continue }
        for member in file.servers {
            _ = (try? ImportedEntry(member.value, from: client), ClientEntry.bridged(by: member.value))
        }
        var entry: JSONObject = ["url": "https://a.example/", "headers": ["A": "Bearer ${T}"]]
        if id == "continue" { entry["name"] = "new" }
        guard file["new"] == nil, let new = try? file.setting("new", to: .object(entry)) else { continue }
        guard let installed = try? ClientFile(client, .user, path: "file", bytes: new) else {
            fatalError("what was written can be read")
        }
        require(installed["new"]?.means(.object(entry)) == true, "the entry is there")
        guard let removed = try? installed.setting("new", to: nil) else { fatalError("it can be taken out") }
        let isJSON = !["codex", "goose", "continue"].contains(id)
        // An empty map may be written in another way than before.
        require(!isJSON || file.servers.isEmpty || removed == bytes, "the file is as it was")
        let rest = try? ClientFile(client, .user, path: "file", bytes: removed)
        require(
            rest.map { JSONValue.object($0.servers).means(.object(file.servers)) } == true,
            "the other servers are there")
    }
    return 0
}
