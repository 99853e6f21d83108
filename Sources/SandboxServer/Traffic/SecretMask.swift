import ParallelJSON
import ParallelSystem

/// Hides secrets in what the page shows. Unlike `TrafficLog`, it keeps the text of a body as it was sent, also where
/// that is cut or no JSON.
enum SecretMask {
    static let mask = "***"

    /// Members of JSON, fields of forms and parameters of queries whose values are secrets.
    private static let secretNames: Set<String> = [
        "access_token", "api_key", "apikey", "authorization", "authorization_token", "client_secret", "code",
        "code_verifier", "device_code", "key", "password", "raw_api_key", "refresh_token", "secret", "token",
    ]

    /// Members of JSON with servers that people name. Anything in the query of their addresses may be a secret.
    private static let servers: Set<String> = ["mcp_servers", "servers", "tools", "webhook"]

    /// Members of JSON that are no secrets although a query's parameter of that name is.
    private static let plainMembers: Set<String> = ["code", "key"]

    /// Header fields that are shown; the value of any other may be a secret.
    private static let shownHeaders = Set(
        TrafficLog.loggedHeaders + [
            "allow", "cache-control", "host", "origin", "retry-after", "sec-fetch-dest", "sec-fetch-mode",
            "sec-fetch-site",
            "traceparent", "transfer-encoding",
        ])

    static func header(_ name: String, _ value: String) -> String {
        if shownHeaders.contains(name) { return value }
        return name == "location" ? address(value) : mask
    }

    /// Whether a parameter of this name has a secret; that of an MCP server's address may always be one.
    static func isSecret(_ name: String, at path: String = "") -> Bool {
        secretNames.contains(name.lowercased()) || path.begins(with: "/mcp")
    }

    /// Returns an address without user info and without the secrets in its query.
    ///
    /// - Parameter ofServer: whether nothing of the query is shown.
    static func address(_ text: String, ofServer: Bool = false) -> String {
        let halves = text.parts(between: "?", maxSplits: 1).map(String.init)
        var start = halves[0]
        let pieces = start.parts(between: "/", maxSplits: 3).map(String.init)
        if pieces.count > 2, pieces[0].ends(with: ":"), let at = pieces[2].lastPlace(of: "@") {
            start = ([pieces[0], pieces[1], mask + pieces[2][at...]] + pieces.dropFirst(3)).joined(separator: "/")
        }
        if halves.count < 2 { return start }
        return start + "?" + (ofServer ? mask : fields(halves[1]))
    }

    /// Returns a query or the body of a form with its secrets hidden.
    static func fields(_ text: String) -> String {
        text.parts(between: "&").map { field in
            guard let place = field.place(of: "=") else { return String(field) }
            return isSecret(Form.decode(String(field[..<place])))
                ? field[...place] + mask : String(field)
        }.joined(separator: "&")
    }

    /// Returns JSON text, or any beginning of it, with its secrets hidden: all values in members called `headers`, and
    /// those of members with a secret's name, and in addresses what `address` hides, of servers the whole query.
    static func json(_ text: [UInt8]) -> [UInt8] {
        var shown: [UInt8] = []
        shown.reserveCapacity(text.count)
        // For each open bracket, whether what is in it is hidden, and whether it is about servers.
        var open = [(hides: false, isOfServer: false)]
        // The name of the member whose value comes next, if it has a secret or servers.
        var member: String?
        func isHidden() -> Bool { open[open.count - 1].hides || member.map { !servers.contains($0) } ?? false }
        var place = 0
        while place < text.count {
            let start = place
            place += 1
            switch text[start] {
            case UInt8(ascii: "\""):
                place = end(ofStringAt: start, in: text)
                let literal = text[start..<place]
                if isFollowedByColon(place, in: text) {
                    member = secretMember(literal)
                    shown += literal
                } else {
                    shown +=
                        isHidden()
                        ? Array("\"\(mask)\"".utf8)
                        : Self.value(literal, ofServer: member != nil || open[open.count - 1].isOfServer)
                }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                // The schema of a value called "password" is no secret.
                let around = open[open.count - 1]
                let isOfServer = around.isOfServer || member.map(servers.contains) ?? false
                open.append((member == "headers" || around.hides, isOfServer))
                member = nil
                shown.append(text[start])
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if open.count > 1 { open.removeLast() }
                member = nil
                shown.append(text[start])
            case UInt8(ascii: ","):
                member = nil
                shown.append(text[start])
            case let byte where isHidden() && isOfWord(byte):
                while place < text.count, isOfWord(text[place]) { place += 1 }
                shown += mask.utf8
            default:
                shown.append(text[start])
            }
        }
        return shown
    }

    /// Returns a string as it is, or if it is an address, without the secrets in that.
    private static func value(_ literal: ArraySlice<UInt8>, ofServer: Bool) -> [UInt8] {
        guard literal.dropFirst().starts(with: "http".utf8),
            literal.contains(UInt8(ascii: "?"))
                || literal.contains(UInt8(ascii: "@")), let end = literal.last, end == UInt8(ascii: "\"")
        else { return Array(literal) }
        let text = String(decoding: literal.dropFirst().dropLast(), as: UTF8.self)
        return Array("\"\(address(text, ofServer: ofServer))\"".utf8)
    }

    /// Returns the index after a string: after its closing quotation mark, or before the end of the line or text.
    private static func end(ofStringAt start: Int, in text: [UInt8]) -> Int {
        var place = start + 1
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\""): return place + 1
            case UInt8(ascii: "\n"): return place
            case UInt8(ascii: "\\"): place += 2
            default: place += 1
            }
        }
        return text.count
    }

    private static func isFollowedByColon(_ place: Int, in text: [UInt8]) -> Bool {
        text[place...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ":")
    }

    /// Returns the name in `literal` in lower case; nil if a member of that name has neither secrets nor servers.
    private static func secretMember(_ literal: ArraySlice<UInt8>) -> String? {
        let name = ((try? JSONValue.parse(Array(literal)))?.string ?? String(decoding: literal, as: UTF8.self))
            .lowercased()
        let isSecret = secretNames.contains(name) && !plainMembers.contains(name)
        return isSecret || name == "headers" || servers.contains(name) ? name : nil
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || byte >= 0x80 || "+-._".utf8.contains(byte)
    }
}
