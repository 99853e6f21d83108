package import ParallelHTTP
package import ParallelSystem

/// Where requests go and with which key, worked out once from flag and environment.
///
/// This folder settles what the user configured; nothing in it is read from the working directory, so that a cloned
/// repository can't redirect a key.
package struct Settings: Sendable {
    package let baseURL: HTTPURL
    /// Nil when the user set none.
    package let apiKey: Secret?

    package static let defaultBaseURL = "https://api.parallel.ai"
    package static let keyVariable = "PARALLEL_API_KEY"
    /// In the order they are looked at.
    package static let baseURLVariables = ["PARALLEL_BASE_URL", "PARALLEL_API_URL"]

    /// Why the configuration can't be used.
    package enum Fault: Error, Sendable {
        case baseURL(variable: String, reason: String)
        case key(source: String, reason: String, remedy: Hint? = nil)
        /// Standard input holds a key and more lines.
        case moreThanKey
    }

    /// Takes the key from `keyFile`, where `-` is standard input, else from the environment.
    ///
    /// Throws `Fault`, `FileError` for a missing file, and what `standardInput` throws.
    package init(
        environment: [String: String], keyFile: String? = nil, standardInput: () throws -> [UInt8] = { [] }
    ) throws {
        baseURL = try Self.baseURL(environment)
        if keyFile == "-" {
            let text = String(decoding: try standardInput(), as: UTF8.self)
            // Somebody else's input came with it.
            if text.utf8.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).count > 1 { throw Fault.moreThanKey }
            apiKey = try Self.key(text, from: InputSource.standardInput.name)
        } else if let keyFile {
            apiKey = try Self.key(Self.text(ofKeyFile: keyFile), from: keyFile)
        } else if let value = environment[Self.keyVariable], !value.isEmpty {
            apiKey = try Self.key(value, from: Self.keyVariable)
        } else {
            apiKey = nil
        }
    }

    /// The API where it is a stand-in on this machine, such as `parallel-sandbox`; nil for the real one.
    package static func standIn(_ environment: [String: String]) -> HTTPURL? {
        guard let url = try? baseURL(environment), url.isLoopback else { return nil }
        return url
    }

    /// https anywhere, http to this machine only: a key must not cross a network in the clear.
    package static func baseURL(_ environment: [String: String]) throws(Fault) -> HTTPURL {
        let set = baseURLVariables.lazy.compactMap { name in
            environment[name].flatMap { $0.isEmpty ? nil : (name, $0) }
        }.first
        let (variable, text) = set ?? ("", defaultBaseURL)
        do {
            let url = try HTTPURL(text)
            guard url.scheme == "https" || url.isLoopback else {
                throw Fault.baseURL(
                    variable: variable, reason: "http is allowed to this machine only; use https for \(url.host)")
            }
            guard url.query == nil else {
                throw Fault.baseURL(variable: variable, reason: "a query has no place in it")
            }
            return url
        } catch let error as HTTPURLError {
            throw Fault.baseURL(variable: variable, reason: error.reason)
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault.baseURL(variable: variable, reason: "\(error)")
        }
    }

    /// A file that is not there is a mistake in the command; one that can't be used is a key that can't be.
    private static func text(ofKeyFile path: String) throws -> String {
        do {
            return try UserFile.readSecret(path)
        } catch  where !error.isMissing {
            throw Fault.key(source: path, reason: error.reason, remedy: error.remedy)
        }
    }

    private static func key(_ text: String, from source: String) throws(Fault) -> Secret {
        // Some editors put a byte order mark in front.
        let trimmed = (text.begins(with: "\u{FEFF}") ? text.dropping(bytes: 3) : text[...]).trimmed
        if trimmed.isEmpty { throw Fault.key(source: source, reason: "it holds no key") }
        guard trimmed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Fault.key(
                source: source, reason: "it holds characters that no key has, such as a space or a line end")
        }
        return Secret(String(trimmed))
    }
}
