package import ParallelHTTP
import ParallelSystem

/// Where requests go and with which key, resolved once from flag and environment.
///
/// Nothing in this module is read from the working directory, so that a cloned repository can't redirect a key.
package struct Settings: Sendable {
    package let address: APIAddress
    /// Nil when the user set none.
    package let apiKey: Secret?
    /// Where the key came from; nil when the user set none.
    package let keyOrigin: SettingOrigin?

    package var baseURL: HTTPURL { address.url }

    package static let keyVariable = "PARALLEL_API_KEY"

    /// Takes the key from `keyFile`, where `-` is standard input, else from the environment.
    ///
    /// Throws `SettingsError`, `FileError` for a missing file, and what `standardInput` throws.
    package init(
        _ address: APIAddress, environment: [String: String], keyFile: String? = nil,
        standardInput: () throws -> [UInt8] = { [] }
    ) throws {
        self.address = address
        let given = try Self.givenKey([Self.keyVariable], environment, keyFile, standardInput)
        apiKey = try given.map { try Self.key($0.text, from: $0.origin) }
        keyOrigin = given?.origin
    }

    /// Returns the key of another service: from `keyFile`, else from the first of `variables` that is set; nil if
    /// nobody gave one. Throws what `init` throws.
    package static func key(
        of variables: [String], environment: [String: String], keyFile: String?,
        standardInput: () throws -> [UInt8]
    ) throws -> Secret? {
        try givenKey(variables, environment, keyFile, standardInput).map { try key($0.text, from: $0.origin) }
    }

    /// The text that holds the key, with where it came from; nil where nobody gave one.
    private static func givenKey(
        _ variables: [String], _ environment: [String: String], _ keyFile: String?,
        _ standardInput: () throws -> [UInt8]
    ) throws -> (text: String, origin: SettingOrigin)? {
        if keyFile == "-" {
            let text = String(decoding: try standardInput(), as: UTF8.self)
            // The other lines were meant for something else.
            if text.utf8.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).count > 1 {
                throw SettingsError.moreThanKey
            }
            return (text, .standardInput)
        }
        if let keyFile { return (try text(ofKeyFile: keyFile), .file(keyFile)) }
        for name in variables {
            if let value = environment[name], !value.isEmpty { return (value, .variable(name)) }
        }
        return nil
    }

    /// Reads a key file. A missing file is a mistake in the command (`FileError`), any other failure one of the key.
    private static func text(ofKeyFile path: String) throws -> String {
        do {
            return try UserFile.readSecret(path)
        } catch  where !error.isMissing {
            throw SettingsError.key(.file(path), reason: error.reason, remedy: error.remedy)
        }
    }

    private static func key(_ text: String, from origin: SettingOrigin) throws(SettingsError) -> Secret {
        // Some editors write a byte order mark first.
        let trimmed = (text.begins(with: "\u{FEFF}") ? text.dropping(bytes: 3) : text[...]).trimmed
        if trimmed.isEmpty { throw .key(origin, reason: "it holds no key") }
        guard trimmed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .key(origin, reason: "it holds characters that no key has, such as a space or a line end")
        }
        return Secret(String(trimmed))
    }
}
