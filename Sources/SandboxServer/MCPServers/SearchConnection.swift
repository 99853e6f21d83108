import ParallelJSON
import ParallelSystem

/// The settings of searches that a connection to the search server comes with: those in the query of its URL, such as
/// `advanced_settings.location=gb`, before those in a header with JSON.
enum SearchConnection {
    static let header = "x-parallel-search-config"

    private static let fields = ["mode", "max_chars_total", "advanced_settings"]
    /// The deepest field is `advanced_settings.source_policy.include_domains`.
    private static let maximumDepth = 3

    /// Returns the settings of connections that set nothing: with a key searches are better and dearer.
    static func defaults(_ request: Request) -> JSONObject {
        ["mode": request.credential == .valid ? "basic" : "fast"]
    }

    /// Returns the settings of a connection; those without a key can set nothing.
    ///
    /// - Throws: a 400 for fields that can't be set, and for invalid values.
    static func settings(_ request: Request) throws(APIFailure) -> JSONObject {
        let defaults = defaults(request)
        guard request.credential == .valid else { return defaults }
        var settings: JSONObject = [:]
        if let text = request.headers[header] {
            guard let object = (try? JSONValue.parse(text))?.object else {
                throw refusal("\(header) is not a JSON object")
            }
            settings = object
        }
        for name in Set(request.queryItems.map(\.name)).sorted() {
            let path = name.parts(between: ".").map(String.init)
            guard path.count <= maximumDepth else { throw refusal("unknown setting '\(name)'") }
            let values = request.queryItems.filter { $0.name == name }.map(\.value)
            settings = setting(path[...], of: settings, to: value(of: path[path.count - 1], values))
        }
        for key in settings.keys where !fields.contains(key) { throw refusal("unknown setting '\(key)'") }
        var body = settings
        body["search_queries"] = ["any"]
        do {
            _ = try SearchRequest(body: body)
        } catch {
            throw refusal(error.description)
        }
        settings["mode"] = settings["mode"] ?? defaults["mode"]
        return settings
    }

    private static func refusal(_ message: String) -> APIFailure { APIFailure(status: 400, message: message) }

    private static func setting(_ path: ArraySlice<String>, of object: JSONObject, to value: JSONValue) -> JSONObject {
        var object = object
        guard let key = path.first else { return object }
        let rest = path.dropFirst()
        object[key] = rest.isEmpty ? value : .object(setting(rest, of: object[key]?.object ?? [:], to: value))
        return object
    }

    /// Returns the value of a field in a URL, where everything is text; lists are separated by commas, or repeated.
    private static func value(of field: String, _ texts: [String]) -> JSONValue {
        if field.ends(with: "_domains") {
            return .array(texts.flatMap { $0.parts(between: ",") }.map { .string(String($0)) })
        }
        let text = texts.last ?? ""
        if field.begins(with: "max_") || field.ends(with: "_seconds") || field == "disable_cache_fallback",
            let value = try? JSONValue.parse(text)
        {
            return value
        }
        return .string(text)
    }
}
