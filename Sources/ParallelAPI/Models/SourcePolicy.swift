package import ParallelJSON
import ParallelSystem

/// The web sources that a run or search may use (`SourcePolicy`).
package struct SourcePolicy: Sendable {
    package var includeDomains: [String] = []
    package var excludeDomains: [String] = []
    /// The earliest date of publication, `YYYY-MM-DD`.
    package var afterDate: String?

    package init() {}

    /// The maximum number of domains in both lists together (API reference, source policy).
    package static let maximumDomains = 200

    package var isEmpty: Bool { includeDomains.isEmpty && excludeDomains.isEmpty && afterDate == nil }

    /// The first domain with a path, such as `docs.python.org/3`.
    var firstWithPath: String? { (includeDomains + excludeDomains).first { $0.has("/") } }

    package var json: JSONValue {
        var object = JSONObject()
        if !includeDomains.isEmpty { object["include_domains"] = .array(includeDomains.map(JSONValue.string)) }
        if !excludeDomains.isEmpty { object["exclude_domains"] = .array(excludeDomains.map(JSONValue.string)) }
        if let afterDate { object["after_date"] = .string(afterDate) }
        return .object(object)
    }

    package func check() throws(InvalidRequest) {
        let count = includeDomains.count + excludeDomains.count
        guard count <= Self.maximumDomains else {
            throw InvalidRequest("\(count) domains; at most \(Self.maximumDomains) may be included and excluded")
        }
    }

    /// Returns why the API would not accept `text` as a domain; nil if it is one, or a bare extension such as `.gov`.
    ///
    /// Anything may follow the domain as a path, such as `docs.python.org/3`, which covers the pages below it.
    package static func problem(inDomain text: String) -> String? {
        let host = text.upTo { $0 == "/" }
        if hasScheme(text) { return "leave the scheme out: \(bareHost(of: text))" }
        if host.begins(with: "www.") { return "leave 'www.' out: \(bareHost(of: text))" }
        if host.has(":") || text.has("?") || text.has("#") {
            return "a port, query or fragment has no place here: \(bareHost(of: text))"
        }
        let labels = (host.begins(with: ".") ? host.dropping(bytes: 1) : host).parts(between: ".")
        let isDomain = host.has(".") && labels.allSatisfy { !$0.isEmpty && $0.unicodeScalars.allSatisfy(mayBeInLabel) }
        return isDomain ? nil : "not a domain such as example.com or an extension such as .gov"
    }

    /// Whether a domain label may hold the scalar: letters with their marks, digits and `-`.
    private static func mayBeInLabel(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .decimalNumber:
            true
        default: scalar == "-"
        }
    }

    private static func hasScheme(_ text: String) -> Bool {
        text[text.upTo { $0 == ":" }.endIndex...].begins(with: "://")
    }

    private static func bareHost(of text: String) -> String {
        let rest = hasScheme(text) ? text[text.upTo { $0 == "/" }.endIndex...].dropping(bytes: 2) : Substring(text)
        let host = rest.upTo { "/:?#".unicodeScalars.contains($0) }
        return String(host.begins(with: "www.") ? host.dropping(bytes: 4) : host)
    }

    /// Whether `text` is an existing date, written `YYYY-MM-DD`.
    package static func isDate(_ text: String) -> Bool {
        let parts = text.parts(between: "-")
        guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy(\.isASCIIDigit) }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }
}
