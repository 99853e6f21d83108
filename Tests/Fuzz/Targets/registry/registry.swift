import FuzzSupport
import ParallelAPI
import ParallelJSON

@testable import ParallelMCP
@testable import ParallelSettings

/// Whatever a `.mcp.json` holds, it is read, shown without its secrets, and changed in one place only.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    let text = String(decoding: bytes, as: UTF8.self)
    _ = (SecretMask.url(text), SecretMask.text(text), SecretMask.headerValue(text, of: "Authorization"))
    file.fill(bytes)
    guard let registry = try? RegistryFile(nil, path: file.path, shownPath: ".mcp.json"), registry.exists else {
        return 0
    }
    guard let root = try? JSONValue.parse(bytes).object else { fatalError("a file that can be used is an object") }
    for server in registry.servers { examine(server, in: bytes) }
    for name in ["new"] + registry.servers.prefix(2).map(\.key) {
        edit(bytes, root, name)
    }
    return 0
}

private let file = ScratchFile()
private let table = "mcpServers"
private let secret = "hush-4711-hush"

private func examine(_ server: JSONObject.Member, in bytes: [UInt8]) {
    let entry = RegistryEntry(
        name: server.key, origin: .file(.project, path: ".mcp.json"), isShadowed: false, value: server.value)
    _ = (entry.masked.bytes(), entry.isDisabled)
    guard let definition = try? entry.definition() else { return }
    let merged = definition.merged(into: server.value)
    require(
        (try? ServerDefinition(entry: merged))?.isSame(as: definition) == true, "a definition is written as it was read"
    )
    _ = (try? definition.check(), definition.variableNames, definition.hasLiteralOrigin)
    let environment = ["TOKEN": secret, "A": "https://a.example/", "B": "b"]
    guard let (expanded, url) = try? definition.expanded(name: server.key, environment) else { return }
    _ = (expanded.hasHiddenLiteral, expanded.json(.revealed), MCPEndpoint(expanded, at: url).hidingSecrets(in: secret))
    let shown = expanded.json(.masked).serialized()
    require(!contains(Array(shown.utf8), secret) || contains(bytes, secret), "no value of a variable is shown")
}

private func contains(_ bytes: [UInt8], _ text: String) -> Bool {
    bytes.indices.contains { bytes[$0...].starts(with: text.utf8) }
}

// MARK: - Changes

private func edit(_ bytes: [UInt8], _ root: JSONObject, _ name: String) {
    let entry: JSONValue = ["type": "http", "url": "https://a.example/"]
    let servers = root[table]?.object
    let old = servers?[name]

    var expected = root
    expected[table] = .object(servers ?? [:])
    var changed = servers ?? [:]
    changed[name] = entry
    expected[table] = .object(changed)
    guard var editor = try? JSONTextEditor(bytes) else { fatalError("what is JSON can be changed") }
    let untouched = editor
    if servers == nil { editor.set(table, to: [:], in: []) }
    editor.set(name, to: entry, in: [table])
    check(editor, expected)
    if old == nil, servers?.isEmpty == false {
        require(isInsertion(editor.bytes, into: bytes), "all else stays as it is")
    }

    guard let old, let servers else { return }
    changed = servers
    changed[name] = nil
    expected[table] = .object(changed)
    editor = untouched
    editor.remove(name, in: [table])
    check(editor, expected)
    require(isInsertion(bytes, into: editor.bytes), "all else stays as it is")

    guard var switched = old.object else { return }
    let isNew = switched["disabled"] == nil && !switched.isEmpty
    switched["disabled"] = true
    changed = servers
    changed[name] = .object(switched)
    expected[table] = .object(changed)
    editor = untouched
    editor.set("disabled", to: true, in: [table, name])
    check(editor, expected)
    if isNew { require(isInsertion(editor.bytes, into: bytes), "all else stays as it is") }
}

private func check(_ editor: JSONTextEditor, _ expected: JSONObject) {
    guard let value = try? JSONValue.parse(editor.bytes) else { fatalError("a changed file is JSON") }
    require(value.bytes() == JSONValue.object(expected).bytes(), "a changed file says what it said, and the change")
}

/// Whether `long` is `short` with something put in at one place.
private func isInsertion(_ long: [UInt8], into short: [UInt8]) -> Bool {
    let start = zip(long, short).prefix { $0 == $1 }.count
    let end = zip(long.reversed(), short.reversed()).prefix { $0 == $1 }.count
    return long.count >= short.count && start + end >= short.count
}
