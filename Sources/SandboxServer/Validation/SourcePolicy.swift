import ParallelJSON
import ParallelSystem

/// The domains that a run or a search may cite.
struct SourcePolicy: Sendable {
    /// The maximum number of domains in both lists together.
    static let maximumDomains = 200

    /// A domain with its subdomains, or all hosts with an ending such as `.gov`; maybe only the pages below a path.
    struct Entry: Sendable {
        /// The entry as sent.
        let text: String
        /// The domain in lower case, without a leading `www.`.
        let domain: String
        /// The path prefix without dot segments and without a slash at its end; empty if there is none.
        let path: String

        var hasPath: Bool { !path.isEmpty }

        init(_ text: String) {
            self.text = text
            let domain = text.prefix { $0 != "/" }
            let name = domain.lowercased()
            self.domain = name.begins(with: "www.") ? String(name.dropFirst(4)) : name
            path = Self.normalised(text.dropFirst(domain.count))
        }

        /// Returns a path with `.` and `..` resolved, and without empty segments at its end.
        static func normalised(_ path: Substring) -> String {
            var segments: [Substring] = []
            for segment in path.parts(between: "/").dropFirst() where segment != "." {
                if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
            }
            while segments.last?.isEmpty == true { segments.removeLast() }
            return segments.map { "/" + $0 }.joined()
        }

        /// Whether the entry covers a page. Paths are compared by whole segments and with their case.
        func covers(host: String, path page: String) -> Bool {
            let coversHost =
                domain.begins(with: ".") ? host.ends(with: domain) : host == domain || host.ends(with: "." + domain)
            return coversHost && (path.isEmpty || page == path || page.begins(with: path + "/"))
        }
    }

    var include: [Entry] = []
    var exclude: [Entry] = []
    /// The earliest date of publication, `YYYY-MM-DD`.
    var afterDate: String?

    /// Whether the page at `path` of `host` is allowed. If there is an include list, only it counts.
    func allows(host: String, path: String) -> Bool {
        let path = Entry.normalised(path[...])
        func covers(_ entry: Entry) -> Bool { entry.covers(host: host, path: path) }
        return include.isEmpty ? !exclude.contains(where: covers) : include.contains(where: covers)
    }

    static let reader: RequestCheck.Reader<SourcePolicy> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        let domains = RequestCheck.list(domain)
        var policy = SourcePolicy()
        policy.include = check.member("include_domains", of: object, at: path, as: domains) ?? []
        policy.exclude = check.member("exclude_domains", of: object, at: path, as: domains) ?? []
        policy.afterDate = check.member("after_date", of: object, at: path, as: date)
        let total = policy.include.count + policy.exclude.count
        if total > maximumDomains {
            let message =
                "include_domains and exclude_domains together should have at most \(maximumDomains) items, not \(total)"
            check.report(path, message, "too_long")
        }
        return policy
    }

    static let domain: RequestCheck.Reader<Entry> = { check, value, path in
        guard let text = RequestCheck.string(from: 1)(&check, value, path) else { return nil }
        let host = text.prefix { $0 != "/" }
        guard !text.contains("://"), !text.contains(where: { "?#@* ".contains($0) }), !host.contains(":"),
            host.contains(".")
        else {
            let message =
                "Input should be a domain such as example.com or .gov, without scheme, port, query, "
                + "fragment or wildcard"
            check.report(path, message, "value_error")
            return nil
        }
        return Entry(text)
    }

    private static let date: RequestCheck.Reader<String> = { check, value, path in
        guard let text = RequestCheck.string()(&check, value, path) else { return nil }
        let parts = text.parts(between: "-")
        let digits = parts.allSatisfy { $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
        guard parts.map(\.utf8.count) == [4, 2, 2], digits, let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2]), (1...12).contains(month), (1...daysIn(month, of: year)).contains(day)
        else {
            check.report(path, "Input should be a valid date in the form YYYY-MM-DD", "date_from_datetime_parsing")
            return nil
        }
        return text
    }

    private static func daysIn(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
