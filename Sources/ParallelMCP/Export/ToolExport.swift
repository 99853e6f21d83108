import ParallelAPI
package import ParallelJSON
import ParallelSystem

/// A tool of an export.
package struct ExportedTool: Sendable {
    package let pinned: PinnedTool
    /// The name in the export.
    package let name: String
    /// The schema of the arguments, whose root is an object.
    let schema: JSONValue

    package var original: String { pinned.name }
    var description: String? { pinned.definition["description"]?.string ?? pinned.definition["title"]?.string }
}

/// Tool definitions of a server in the shape of another program: as one value, and as files for version control.
package struct ToolExport: Sendable {
    package struct File: Sendable {
        /// The path in the folder.
        package let path: String
        package let text: String
    }

    /// Why nothing can be exported.
    package enum Problem: Error, Sendable {
        /// Two tools would have one name.
        case collision(String, original: String, other: String)
    }

    package let shape: ExportShape
    package let source: ExportSource
    package let tools: [ExportedTool]
    /// The names of tools whose arguments are no object.
    package let leftOut: [String]

    /// - Parameter definitions: the tools as the server gave them, without secrets.
    package init(_ definitions: [PinnedTool], as shape: ExportShape, of source: ExportSource) throws(Problem) {
        self.shape = shape
        self.source = source
        var tools: [ExportedTool] = []
        var leftOut: [String] = []
        var names: [ExactText: String] = [:]
        // Sorted, because the order in which a server lists its tools says nothing.
        for tool in definitions.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            guard let schema = Self.objectSchema(tool.definition["inputSchema"]) else {
                leftOut.append(tool.name)
                continue
            }
            let name = shape.name(for: tool.name)
            if let other = names.updateValue(tool.name, forKey: ExactText(name)) {
                throw .collision(name, original: tool.name, other: other)
            }
            tools.append(ExportedTool(pinned: tool, name: name, schema: schema))
        }
        self.tools = tools
        self.leftOut = leftOut
    }

    /// All definitions in one value, as a request takes them.
    package var json: JSONValue { shape.json(of: tools) }

    /// The files, the lock first.
    package var files: [File] {
        let paths = filePaths
        let files: [File]
        if shape == .aiSDK {
            files = AISDKFiles(export: self, paths: paths).all
        } else {
            files =
                zip(tools, paths).map { File(path: $1, text: Self.text(shape.json(of: $0))) }
                + [File(path: "index.json", text: Self.text(json))]
        }
        return [File(path: ExportLock.name, text: Self.text(ExportLock.json(of: self, files)))] + files
    }

    /// The paths of the tools' files. Names that differ only in the case of letters get a hash, as some file systems
    /// take them for one.
    private var filePaths: [String] {
        let bases = tools.map { tool -> String in
            let name = ExportShape.portable(tool.original, 64)
            // A word that begins with a dash is a flag to most programs.
            return name.utf8.first == UInt8(ascii: "-") ? "_\(name.dropping(bytes: 1))" : name
        }
        let counts = Dictionary(bases.map { ($0.asciiLowercased, 1) }, uniquingKeysWith: +)
        return zip(tools, bases).map { tool, base in
            let isShared = counts[base.asciiLowercased] != 1
            let hash = isShared ? "-\(SHA256.digits(of: Array(tool.original.utf8)).prefix(8))" : ""
            return "tools/\(base)\(hash).\(shape == .aiSDK ? "ts" : "json")"
        }
    }

    static func text(_ json: JSONValue) -> String { json.serialized(.pretty) + "\n" }

    /// Returns a schema whose root is an object, as every target wants it; nil if it is another type.
    private static func objectSchema(_ schema: JSONValue?) -> JSONValue? {
        guard let schema, !schema.isNull else { return ["type": "object", "properties": [:]] }
        guard var object = schema.object else { return nil }
        let types = object["type"]?.array?.compactMap(\.string) ?? [object["type"]?.string].compactMap(\.self)
        guard object["type"] == nil || types.contains("object") else { return nil }
        if object["type"] != "object" { object["type"] = "object" }
        if object["properties"]?.object == nil { object["properties"] = [:] }
        return .object(object)
    }
}

/// The server that tools are exported from, for the files: without secrets.
package struct ExportSource: Sendable {
    /// The word that names the server on a command line.
    package let name: String
    /// The URL without secrets.
    package let url: String
    let version: String?
    /// URL and headers with references to variables.
    let template: ServerDefinition
    /// The names in the URL's query whose values are no secrets.
    let openNames: Set<String>
    /// Whether the key, which is then the last of the headers, is sent only if there is one: Parallel's servers but
    /// that for tasks work without it.
    let keyIsOptional: Bool
    /// The only tools to export; nil for all.
    package let allowedTools: [String]?
    /// The command that writes the files, and the one that compares them.
    let commands: (write: String, check: String)

    package init(
        _ resolved: ResolvedServer, version: String?, name: String, url: String, allowedTools: [String]?,
        commands: (write: String, check: String)
    ) {
        self.name = name
        self.url = url
        self.version = version
        var headers = resolved.server.headers.map {
            ServerDefinition.Header(name: $0.name, value: $0.value.template)
        }
        // The files are the same whether a key is set now or not.
        let isGiven = resolved.source == .commandLine || resolved.source == .registry(.builtIn)
        let builtIn = isGiven ? resolved.builtIn : nil
        let key = builtIn?.definition(in: nil).headers ?? []
        if !resolved.server.hasCredentials { headers += key }
        keyIsOptional = builtIn != .task && !key.isEmpty && headers.last?.value == key.last?.value
        template = ServerDefinition(url: resolved.server.url.template, headers: headers)
        openNames = resolved.builtIn == .search ? BuiltInServer.searchSettings : []
        self.allowedTools = allowedTools
        self.commands = commands
    }
}
