import ParallelJSON
import ParallelSystem

/// The domains that a run or a search may cite.
struct SourcePolicy: Sendable {
    /// The maximum number of domains in both lists together.
    static let maximumDomains = 200

    var include: [String] = []
    var exclude: [String] = []
    /// The earliest date of publication, `YYYY-MM-DD`.
    var afterDate: String?

    /// Whether `host` is allowed: a domain covers its subdomains, `.gov` covers all hosts that end with it. Path
    /// prefixes are ignored. If there is an include list, only it counts.
    func allows(host: String) -> Bool {
        func covers(_ entry: String) -> Bool {
            let domain = entry.prefix { $0 != "/" }.lowercased()
            return domain.begins(with: ".") ? host.ends(with: domain) : host == domain || host.ends(with: "." + domain)
        }
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

    private static let domain: RequestCheck.Reader<String> = { check, value, path in
        guard let text = RequestCheck.string(from: 1)(&check, value, path) else { return nil }
        let host = text.prefix { $0 != "/" }
        guard !text.contains("://"), !text.contains(where: { "?#@ ".contains($0) }), !host.contains(":"),
            host.contains(".")
        else {
            let message =
                "Input should be a domain such as example.com or .gov, without scheme, port, query or fragment"
            check.report(path, message, "value_error")
            return nil
        }
        return text
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
