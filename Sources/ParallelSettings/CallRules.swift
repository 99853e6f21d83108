package import ParallelHTTP
package import ParallelJSON
package import ParallelSystem

/// What may leave this machine, as a company or its user has set it. Each place that sets a rule adds to it; nothing
/// takes one back.
package struct CallRules: Sendable {
    /// What allows only requests that read.
    package var readOnly: SettingOrigin?
    /// The lists that each host must be on.
    package var hosts: [AllowedHosts] = []
    /// The files that get a line for each request, by their absolute paths.
    package var auditLogs: [String] = []
    /// What forbids to keep anything on this machine.
    package var zeroRetention: SettingOrigin?
    /// The first request that was refused: some errors on the way to the person's eyes would only say that there was no
    /// answer.
    package let refusal = Lock<RuleError?>(nil)

    package init() {}

    package var isEmpty: Bool { readOnly == nil && hosts.isEmpty && auditLogs.isEmpty }

    /// Throws if the audit logs can't be written. They are made if need be.
    package func openLogs() throws(RuleError) {
        for path in auditLogs { try append([], to: path) }
    }

    /// Throws if the request must not be sent.
    package func check(_ request: HTTPRequest) throws(RuleError) {
        for list in hosts {
            if !list.allows(request.url.host) { throw .host(request.url.host, list) }
            // Whoever gets the request may read what this program can't, such as NaN.
            guard let addresses = request.method == .get ? [] : Self.addresses(in: request) else {
                throw .unreadable(list)
            }
            for address in addresses {
                let host = (try? HTTPURL(address))?.host
                if host.map(list.allows) != true { throw .host(host ?? "what is no URL", list) }
            }
        }
        if let readOnly, !request.isReading { throw .readOnly(readOnly) }
    }

    /// Throws if the request must not be sent, or can't be put down; it is about to be sent otherwise.
    package func admit(_ request: HTTPRequest) throws(RuleError) {
        // The line of an earlier request is missing.
        if case .auditLog(let error)? = refusal.withLock({ $0 }) { throw .auditLog(error) }
        do throws(RuleError) {
            try check(request)
            try openLogs()
        } catch {
            refusal.withLock { [error] in $0 = $0 ?? error }
            throw error
        }
    }

    /// Appends a line to the audit logs. Throws for the first that can't be written, after it has tried all.
    package func audit(_ line: JSONObject) throws(RuleError) {
        var failure: RuleError?
        for path in auditLogs {
            do throws(RuleError) {
                try append(JSONValue.object(line).bytes() + [0x0A], to: path)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func append(_ bytes: [UInt8], to path: String) throws(RuleError) {
        do throws(FileError) {
            try UserFile.appendPrivate(bytes, to: path)
        } catch {
            throw .auditLog(error)
        }
    }

    /// Returns the URLs that whoever gets the request would call: MCP servers and webhooks; nil if its body is no JSON
    /// that can be read, nor the form of a login.
    package static func addresses(in request: HTTPRequest) -> [String]? {
        var found: [String] = []
        func look(at value: JSONValue) {
            for element in value.array ?? [] { look(at: element) }
            if value["type"]?.string == "mcp_server" { found += value["url"]?.string.map { [$0] } ?? [] }
            for member in value.object ?? [:] {
                switch member.key {
                // The user's own data may have members of any name.
                case "input": continue
                case "server_url": found += member.value.string.map { [$0] } ?? []
                case "webhook", "mcp_servers":
                    found += (member.value.array ?? [member.value]).compactMap { $0["url"]?.string }
                default: look(at: member.value)
                }
            }
        }
        guard let body = request.body, !body.isEmpty else { return [] }
        guard let json = try? JSONValue.parse(body) else {
            let isForm = request.headers["content-type"]?.begins(with: "application/x-www-form-urlencoded") == true
            return isForm && request.estimatedCost == nil ? [] : nil
        }
        look(at: json)
        return found
    }
}

/// The hosts that requests may go to.
package struct AllowedHosts: Sendable, Equatable {
    /// Names in lower case and IP addresses; `*.` at the beginning stands for one label or more.
    private let names: [String]
    package let origin: SettingOrigin

    /// Reads names that have commas or blanks between. Returns nil if one can't be that of a host.
    package init?(_ text: String, from origin: SettingOrigin) {
        var names: [String] = []
        for word in text.utf8.split(whereSeparator: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") }) {
            let word = String(decoding: word, as: UTF8.self)
            let start = word.begins(with: "*.") ? "*." : ""
            let name = String(word.dropping(bytes: start.utf8.count))
            let isAddress = name.has(":") && !name.begins(with: "[")
            guard !name.utf8.contains(where: { "/?#@*".utf8.contains($0) }),
                let url = try? HTTPURL("https://\(isAddress ? "[\(name)]" : name)"), url.port == 443
            else { return nil }
            names.append(start + url.host)
        }
        if names.isEmpty { return nil }
        (self.names, self.origin) = (names, origin)
    }

    package var text: String { names.joined(separator: ", ") }

    package func allows(_ host: String) -> Bool {
        names.contains { name in
            name.begins(with: "*.")
                ? host.utf8.count >= name.utf8.count && host.ends(with: name.dropping(bytes: 1)) : host.isExactly(name)
        }
    }
}

/// Why a request is not sent.
package enum RuleError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It would go to a host, or have that one called, that is not on the list.
    case host(String, AllowedHosts)
    /// It may have hosts called that can't be read in its body.
    case unreadable(AllowedHosts)
    /// It costs something or changes something.
    case readOnly(SettingOrigin)
    /// It can't be put down.
    case auditLog(FileError)

    /// A few words for a table; reports have better ones.
    package var description: String { "forbidden by a rule of this machine" }
}
