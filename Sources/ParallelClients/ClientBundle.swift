package import ParallelJSON
package import ParallelMCP
import ParallelSettings
import ParallelSystem

/// A bundle for Claude Desktop (`.mcpb`): a ZIP with a manifest (schema 0.3) and this program, which it starts as the
/// bridge to one server.
///
/// It holds the server's URL, so that it works on another machine, and no secret: the app asks for those.
package enum ClientBundle {
    /// Returns the manifest. Throws the part of the definition that may be a secret, as a bundle is passed on.
    ///
    /// - Parameters:
    ///   - arguments: what the program is called with.
    ///   - platform: the system that the program is for, `darwin` or `linux`.
    package static func manifest(
        _ name: String, _ definition: ServerDefinition, arguments: [String], version: String, platform: String
    ) throws(ClientObstacle) -> JSONValue {
        if SecretMask.hasLiteralSecret(inURL: definition.url) { throw .literal("the URL") }
        if !VariableReference.references(in: definition.url).isEmpty { throw .variableInURL }
        var (environment, fields): (JSONObject, JSONObject) = ([:], [:])
        for header in definition.headers {
            if SecretMask.hasLiteralSecret(header.value, inHeader: header.name) {
                throw .literal("the header '\(header.name)'")
            }
            let variables = VariableReference.references(in: header.value)
            for variable in variables {
                let key = variable.name.asciiLowercased
                environment[variable.name] = .string("${user_config.\(key)}")
                fields[key] = [
                    "type": "string", "title": .string(variable.name),
                    "description": .string("Sent to \(definition.url) in the header \(header.name)"),
                    "sensitive": true, "required": .bool(variable.fallback == nil),
                ]
            }
        }
        var configuration: JSONObject = [
            "command": "${__dirname}/server/parallel", "args": .array(arguments.map(JSONValue.string)),
        ]
        if !environment.isEmpty { configuration["env"] = .object(environment) }
        var manifest: JSONObject = [
            "manifest_version": "0.3", "name": .string("parallel-mcp-\(name)"), "version": .string(version),
            "description": .string("The MCP server \(name)"), "author": ["name": "parallel"],
            "server": [
                "type": "binary", "entry_point": "server/parallel", "mcp_config": .object(configuration),
            ],
            "compatibility": ["platforms": [.string(platform)]],
        ]
        if !fields.isEmpty { manifest["user_config"] = .object(fields) }
        return .object(manifest)
    }

    /// Returns the bundle.
    package static func archive(manifest: JSONValue, program: [UInt8]) -> [UInt8] {
        zip([
            ("manifest.json", Array((manifest.serialized(.pretty) + "\n").utf8), 0o644),
            ("server/parallel", program, 0o755),
        ])
    }

    /// Returns a ZIP with files as they are (APPNOTE.TXT 6.3, method 0), made as on Unix, so that modes count.
    private static func zip(_ files: [(name: String, bytes: [UInt8], mode: UInt32)]) -> [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for file in files {
            let name = Array(file.name.utf8)
            let size = little(UInt32(file.bytes.count))
            // Version 2.0, no flags, stored, 1980-01-01 00:00, as the time would make each bundle another one.
            let common = [20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0] + little(checksum(file.bytes)) + size + size
            let names = little(UInt16(name.count)) + [0, 0]
            directory += little(0x0201_4B50 as UInt32) + [20, 3] + common + names + [UInt8](repeating: 0, count: 6)
            directory += little((0o100000 | file.mode) << 16) + little(UInt32(archive.count)) + name
            archive += little(0x0403_4B50 as UInt32) + common + names + name + file.bytes
        }
        let count = little(UInt16(files.count))
        let end =
            [0, 0, 0, 0] + count + count + little(UInt32(directory.count)) + little(UInt32(archive.count)) + [0, 0]
        return archive + directory + little(0x0605_4B50 as UInt32) + end
    }

    private static func little(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    /// Returns the CRC-32 of ZIP (polynomial 0xEDB88320).
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        let table = (0..<256 as Range<UInt32>).map { start in
            (0..<8).reduce(start) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return ~bytes.reduce(~0 as UInt32) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
    }
}
