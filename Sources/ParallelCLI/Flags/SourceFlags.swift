package import ParallelAPI
import ParallelSystem

/// The sources that may be used, with the same flags for runs and searches.
package struct SourceOptions: Sendable {
    package var policy = SourcePolicy()
    /// A country code (ISO 3166-1 alpha-2).
    package var location: String?

    package init() {}
}

enum SourceFlags {
    static let mode = Flag<String?>(
        "mode", value: FlagSpec.Value("MODE", completion: .words(SearchRequest.modes)),
        summary: "How to search: turbo, fast, basic or advanced",
        details: "1,000 searches cost $1 with turbo and fast, $5 with basic and advanced; 'help processors' says more. "
            + "'search' takes fast unless told otherwise."
    ) { mode, text throws(InvalidValue) in
        guard SearchRequest.modes.contains(text) else {
            let near = Suggestions.nearest(to: text, among: SearchRequest.modes).map { "; did you mean '\($0)'?" }
            let all = "; the modes are \(SearchRequest.modes.joined(separator: ", "))"
            throw InvalidValue("'\(text)' is no mode\(near ?? all)")
        }
        mode = text
    }

    private static let listing =
        "A domain covers its subdomains; an extension such as .gov is allowed. One value may hold several, with commas "
        + "between them; at most 200 in all."

    static let all: [Flag<SourceOptions>] =
        domains(both: "The API ignores these if --include-domain is given.") + [
            Flag(
                "after-date", value: FlagSpec.Value("YYYY-MM-DD"),
                summary: "Use only sources published since this day"
            ) { options, text throws(InvalidValue) in
                guard SourcePolicy.isDate(text) else { throw InvalidValue("'\(text)' is no date such as 2026-01-31") }
                options.policy.afterDate = text
            },
            location.embedded(at: \.location),
        ]

    /// - Parameter both: what becomes of domains that are excluded where others are included, as a sentence.
    static func domains(both: String) -> [Flag<SourceOptions>] {
        [
            Flag(
                "include-domain", value: FlagSpec.Value("DOMAIN"), isRepeatable: true,
                summary: "Use only sources from DOMAIN (repeatable)",
                details: listing
            ) { options, text throws(InvalidValue) in options.policy.includeDomains += try domains(text) },
            Flag(
                "exclude-domain", value: FlagSpec.Value("DOMAIN"), isRepeatable: true,
                summary: "Leave out sources from DOMAIN (repeatable)",
                details: listing + " " + both
            ) { options, text throws(InvalidValue) in options.policy.excludeDomains += try domains(text) },
        ]
    }

    /// The same, with --location as a setting. Monitors don't use these: what is kept for later takes no settings.
    static let withSetting = all.map { $0.spec.name == "location" ? $0.asSetting() : $0 }

    static let location = Flag<String?>(
        "location", value: FlagSpec.Value("COUNTRY"), summary: "Search as from this country, such as us or de",
        details: "A two-letter code of ISO 3166-1."
    ) { location, text throws(InvalidValue) in
        guard text.utf8.count == 2, text.utf8.allSatisfy({ $0.isASCIILetterOrDigit && !$0.isASCIIDigit }) else {
            throw InvalidValue("'\(text)' is no two-letter country code such as us or de")
        }
        location = text
    }

    private static func domains(_ text: String) throws(InvalidValue) -> [String] {
        var domains: [String] = []
        for domain in text.parts(between: ",").map(String.init) {
            if let problem = SourcePolicy.problem(inDomain: domain) { throw InvalidValue("'\(domain)': \(problem)") }
            domains.append(domain)
        }
        return domains
    }
}
