package import ParallelJSON
import ParallelSettings

/// One of the two registry files.
package enum RegistryScope: String, Sendable, CaseIterable {
    /// The user's own file, used in every directory.
    case user
    /// The file of a git working tree, which everybody who clones it gets.
    case project
}

/// An entry of a registry, usable or not.
package struct RegistryEntry: Sendable {
    package enum Origin: Sendable, Equatable {
        /// A file, with its path as messages show it. A file without a scope was named on the command line.
        case file(RegistryScope?, path: String)
        /// Built into the program.
        case builtIn

        package var name: String {
            switch self {
            case .file(let scope, _): scope?.rawValue ?? "file"
            case .builtIn: "built-in"
            }
        }

        package var path: String? {
            if case .file(_, let path) = self { path } else { nil }
        }

        var scope: RegistryScope? {
            if case .file(let scope, _) = self { scope } else { nil }
        }

        var isProject: Bool { scope == .project }

        /// Whether only the user or this program can have written the entry.
        var isTrusted: Bool {
            switch self {
            case .builtIn, .file(.user, _): true
            case .file: false
            }
        }
    }

    package let name: String
    package let origin: Origin
    /// Whether another entry of the same name takes precedence.
    package let isShadowed: Bool
    package let value: JSONValue

    static let disabledKey = "disabled"
    static let enabledKey = "enabled"

    /// Whether it is disabled by one of the members that other programs use for this, too.
    package var isDisabled: Bool { Self.isDisabled(value) }

    static func isDisabled(_ value: JSONValue) -> Bool {
        value[disabledKey]?.bool == true || value[enabledKey]?.bool == false
    }

    /// Whether the user's own entry takes the place of one of Parallel's servers, and is not just a copy of it.
    package var replacesBuiltIn: Bool {
        guard origin.scope == .user, let builtIn = BuiltInServer(rawValue: name) else { return false }
        return (try? definition())?.isSame(as: builtIn.definition(in: nil)) != true
    }

    /// Returns the definition in the entry, checked as strictly as using it needs, even if it is disabled.
    package func definition() throws(EntryError) -> ServerDefinition { try ServerDefinition(entry: value) }

    /// The entry with everything masked that may be secret, also in members that this program doesn't know.
    package var masked: JSONValue {
        guard let object = value.object else { return Self.masked(value) }
        return .object(object.mapValues { Self.masked($0.value, under: $0.key) })
    }

    private static func masked(_ value: JSONValue, under key: String) -> JSONValue {
        switch (key, value) {
        case ("type", .string): return value
        case (let key, .string(let url)) where ServerDefinition.urlKeys.contains(key):
            return .string(SecretMask.url(VariableReference.translated(url)))
        case (let key, .object(let headers)) where ServerDefinition.headerKeys.contains(key):
            return .object(
                JSONObject(
                    headers.map { header in
                        let text = header.value.string.map {
                            JSONValue.string(SecretMask.headerValue(VariableReference.translated($0), of: header.key))
                        }
                        return (SecretMask.headerName(header.key), text ?? masked(header.value))
                    }))
        case ("allowedTools", .array(let names)) where names.allSatisfy({ $0.string != nil }): return value
        default: return masked(value)
        }
    }

    private static func masked(_ value: JSONValue) -> JSONValue {
        switch value {
        case .null, .bool, .number: value
        case .string, .unpairedSurrogates: .string(SecretMask.text(value.string ?? ""))
        case .array(let elements): .array(elements.map { masked($0) })
        case .object(let object): .object(object.mapValues { masked($0.value) })
        }
    }
}
