package import ParallelHTTP
import ParallelSystem

/// What a server asks for that wants a bearer token (RFC 6750 §3, RFC 9728 §5.1).
package struct BearerChallenge: Sendable, Equatable {
    /// The URL of the protected resource's metadata, as the server wrote it.
    package let resourceMetadata: String?
    /// The scopes that the request needs, with spaces between.
    package let scope: String?
    /// The code of the error, such as `invalid_token`.
    package let error: String?

    /// Reads the fields of a response; of several such challenges the one that names metadata counts. Nil if there is
    /// none.
    package init?(_ headers: HTTPHeaders) {
        let challenges = headers.filter { $0.name.asciiLowercased == "www-authenticate" }
            .flatMap { AuthenticationChallenge.parse($0.value) }.filter { $0.scheme == "bearer" }
        guard let found = challenges.first(where: { $0["resource_metadata"] != nil }) ?? challenges.first else {
            return nil
        }
        func value(_ name: String) -> String? { found[name].flatMap { $0.isEmpty ? nil : $0 } }
        (resourceMetadata, scope, error) = (value("resource_metadata"), value("scope"), value("error"))
    }
}

/// One challenge of a `WWW-Authenticate` field: a scheme, in lower case, with its parameters (RFC 9110 §11.6.1).
struct AuthenticationChallenge: Sendable, Equatable {
    let scheme: String
    private(set) var parameters: [(name: String, value: String)] = []

    /// The value of a parameter; names are case-insensitive, and the first counts.
    subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    static func == (one: Self, other: Self) -> Bool {
        one.scheme == other.scheme && one.parameters.elementsEqual(other.parameters) { $0 == $1 }
    }

    /// Returns the challenges in a field's value, which is a list of schemes and of parameters, both with commas
    /// between. Skips what is neither.
    static func parse(_ field: String) -> [AuthenticationChallenge] {
        var challenges: [AuthenticationChallenge] = []
        var rest = Array(field.utf8)[...]
        while !rest.isEmpty {
            rest = rest.drop { $0 == UInt8(ascii: ",") || isSpace($0) }
            let name = rest.prefix(while: isTokenByte)
            guard !name.isEmpty else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest[name.endIndex...].drop(while: isSpace)
            guard rest.first == UInt8(ascii: "="), !challenges.isEmpty else {
                challenges.append(AuthenticationChallenge(scheme: text(name).asciiLowercased))
                // A credential in one word, as `Negotiate` has it, may end with an equals sign.
                let word = rest.prefix { isTokenByte($0) || $0 == UInt8(ascii: "/") }
                let end = rest[word.endIndex...].drop { $0 == UInt8(ascii: "=") }
                if !word.isEmpty, end.first ?? UInt8(ascii: ",") == UInt8(ascii: ",") { rest = end }
                continue
            }
            rest = rest.dropFirst().drop(while: isSpace)
            let value = rest.first == UInt8(ascii: "\"") ? quoted(&rest) : bare(&rest)
            challenges[challenges.count - 1].parameters.append((text(name).asciiLowercased, value))
        }
        return challenges
    }

    private static func bare(_ rest: inout ArraySlice<UInt8>) -> String {
        let value = rest.prefix { $0 != UInt8(ascii: ",") && !isSpace($0) }
        rest = rest[value.endIndex...]
        return text(value)
    }

    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> String {
        var value: [UInt8] = []
        rest = rest.dropFirst()
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\"), let next = rest.popFirst() { value.append(next) } else { value.append(byte) }
        }
        return String(decoding: value, as: UTF8.self)
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    /// RFC 9110 §5.6.2.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
