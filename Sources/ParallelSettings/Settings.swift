package import ParallelHTTP
import ParallelSystem

/// Where requests go and with which key, resolved once.
///
/// Nothing in this module is read from the working directory, so that a cloned repository can't redirect a key.
package struct Settings: Sendable {
    package let address: APIAddress
    /// Nil when the user set none.
    package let apiKey: Secret?
    /// Where the key came from; nil when the user set none.
    package let keyOrigin: SettingOrigin?
    /// The address that a stored key is for, where no other key was found and requests go elsewhere.
    package private(set) var otherAddress: String?

    package var baseURL: HTTPURL { address.url }

    /// The key for Parallel's own MCP servers: not a stored one that was made for a gateway, which goes there alone.
    package var serverKey: Secret? {
        if case .login? = keyOrigin, address.text != APIAddress.preset, !address.url.isLoopback { return nil }
        return apiKey
    }

    package static let keyVariable = "PARALLEL_API_KEY"

    /// Takes the key from the first of `sources` that has one; those behind it are not looked into.
    ///
    /// Throws `SettingsError`, `FileError` for a missing file, and what the sources throw.
    package init(_ address: APIAddress, from sources: [KeySource] = []) throws {
        self.address = address
        var found: (key: Secret, origin: SettingOrigin)?
        for source in sources where found == nil {
            switch try source.look() {
            case .nothing: continue
            case .key(let text): found = (try Self.key(text, from: source.origin), source.origin)
            case .keyOf(let address): otherAddress = otherAddress ?? address
            }
        }
        (apiKey, keyOrigin) = (found?.key, found?.origin)
    }

    /// Takes the key from `keyFile`, where `-` is standard input, else from the environment. Throws what the other
    /// initializer throws.
    package init(
        _ address: APIAddress, environment: [String: String], keyFile: String? = nil,
        standardInput: @escaping @Sendable () throws -> [UInt8] = { [] }
    ) throws {
        try self.init(
            address,
            from: Self.given([Self.keyVariable], environment: environment, keyFile: keyFile, standardInput))
    }

    /// Returns the key of another service: from `keyFile`, else from the first of `variables` that is set; nil if
    /// nobody gave one. Throws what `init` throws.
    package static func key(
        of variables: [String], environment: [String: String], keyFile: String?,
        standardInput: @escaping @Sendable () throws -> [UInt8]
    ) throws -> Secret? {
        for source in given(variables, environment: environment, keyFile: keyFile, standardInput) {
            if case .key(let text) = try source.look() { return try key(text, from: source.origin) }
        }
        return nil
    }

    /// Returns the sources that a person names for one call: the file, then the variables.
    package static func given(
        _ variables: [String] = [keyVariable], environment: [String: String], keyFile: String?,
        _ standardInput: @escaping @Sendable () throws -> [UInt8]
    ) -> [KeySource] {
        let file = keyFile.map { path in
            path == "-"
                ? KeySource(.standardInput) {
                    let text = String(decoding: try standardInput(), as: UTF8.self)
                    // The other lines were meant for something else.
                    if text.utf8.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).count > 1 {
                        throw SettingsError.moreThanKey
                    }
                    return .key(text)
                } : KeySource(.file(path)) { .key(try text(ofKeyFile: path)) }
        }
        return [file].compactMap(\.self)
            + variables.map { name in
                KeySource(.variable(name)) {
                    environment[name].flatMap { $0.isEmpty ? nil : .key($0) } ?? .nothing
                }
            }
    }

    /// Reads a key file. A missing file is a mistake in the command (`FileError`), any other failure one of the key.
    private static func text(ofKeyFile path: String) throws -> String {
        do {
            return try UserFile.readSecret(path)
        } catch  where !error.isMissing {
            throw SettingsError.key(.file(path), reason: error.reason, remedy: error.remedy)
        }
    }

    /// Returns the key that a text holds. Throws `SettingsError.key` if it holds none.
    package static func key(_ text: String, from origin: SettingOrigin) throws(SettingsError) -> Secret {
        // Some editors write a byte order mark first.
        let trimmed = (text.begins(with: "\u{FEFF}") ? text.dropping(bytes: 3) : text[...]).trimmed
        if trimmed.isEmpty { throw .key(origin, reason: "it holds no key") }
        guard trimmed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .key(origin, reason: "it holds characters that no key has, such as a space or a line end")
        }
        return Secret(String(trimmed))
    }
}
