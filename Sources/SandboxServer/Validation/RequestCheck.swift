import ParallelJSON
import ParallelSystem

/// The path of a value in a request: `["body", "task_spec", "output_schema"]`.
typealias FieldPath = [JSONValue]

/// Reads the members of a request body and collects errors in the format of the API's 422.
///
/// A reader returns nil for a member that is absent, null (if allowed) or invalid; an invalid one is reported.
struct RequestCheck {
    typealias Reader<Value> = @Sendable (inout RequestCheck, JSONValue, FieldPath) -> Value?

    private(set) var errors: [JSONValue] = []
    /// The first unknown processor. It is not among `errors`, because it has a status of its own.
    var unknownProcessor: String?
    /// The names of data connectors that the account doesn't have or that stand in the wrong list. Not among `errors`
    /// either, because the API answers them with a sentence.
    var unavailableSources: [String]?

    mutating func report(_ path: FieldPath, _ message: String, _ type: String) {
        errors.append(["loc": .array(path), "msg": .string(message), "type": .string(type)])
    }

    func throwIfAny() throws(APIFailure) {
        if !errors.isEmpty { throw .validation(errors) }
        if let unavailableSources {
            throw .unavailableSources(unavailableSources, available: DataConnectors.available)
        }
        if let unknownProcessor { throw .unknownProcessor(unknownProcessor) }
    }

    /// Returns the body as a JSON object; throws a single error for any other body.
    static func body(of request: Request) throws(APIFailure) -> JSONObject {
        let notAnObject = "Input should be a valid dictionary or object to extract fields from"
        let contentType = request.headers["content-type"] ?? ""
        let mediaType = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard mediaType == "application/json" || mediaType.ends(with: "+json") else {
            let hint = contentType.isEmpty ? "no content-type was sent" : "content-type was '\(contentType)'"
            throw .validation([
                ["loc": ["body"], "msg": "\(notAnObject) (\(hint))", "type": "model_attributes_type"]
            ])
        }
        let value: JSONValue
        do {
            value = try JSONValue.parse(request.body)
        } catch {
            let place: FieldPath = ["body", .number(JSONNumber(error.offset))]
            throw .validation([
                ["loc": .array(place), "msg": "JSON decode error: \(error.description)", "type": "json_invalid"]
            ])
        }
        guard let object = value.object else {
            throw .validation([["loc": ["body"], "msg": .string(notAnObject), "type": "model_attributes_type"]])
        }
        return object
    }

    /// The members that may be left out, but that the API's description doesn't let be null.
    private static let neverNull: Set<String> = [
        "disable_cache_fallback", "event_types", "exclude_domains", "free", "full_content", "include_domains", "limit",
        "match_limit", "pay_per_use", "processor", "type",
    ]

    mutating func member<Value>(
        _ key: String, of object: JSONObject, at path: FieldPath, required: Bool = false, as read: Reader<Value>
    ) -> Value? {
        guard let value = object[key] else {
            if required { report(path + [.string(key)], "Field required", "missing") }
            return nil
        }
        return value == .null && !required && !Self.neverNull.contains(key)
            ? nil : read(&self, value, path + [.string(key)])
    }

    /// Reports members that are not in `known`, for bodies that allow no others.
    mutating func refuseOthers(in object: JSONObject, at path: FieldPath, known: Set<String>) {
        for key in object.keys where !known.contains(key) {
            report(path + [.string(key)], "Extra inputs are not permitted", "extra_forbidden")
        }
    }
}

// MARK: - Readers

extension RequestCheck {
    static let object: Reader<JSONObject> = { check, value, path in
        if let object = value.object { return object }
        check.report(path, "Input should be a valid dictionary", "dict_type")
        return nil
    }

    static let bool: Reader<Bool> = { check, value, path in
        if let bool = value.bool { return bool }
        check.report(path, "Input should be a valid boolean", "bool_type")
        return nil
    }

    /// Reads a string of `minimum` to `limit` characters (Unicode scalars).
    static func string(upTo limit: Int = .max, from minimum: Int = 0) -> Reader<String> {
        { check, value, path in
            guard let string = value.string else {
                check.report(path, "Input should be a valid string", "string_type")
                return nil
            }
            if string.hasMoreScalars(than: limit) {
                check.report(path, "String should have at most \(limit) characters", "string_too_long")
            } else if !string.hasMoreScalars(than: minimum - 1) {
                check.report(path, "String should have at least \(minimum) character", "string_too_short")
            } else {
                return string
            }
            return nil
        }
    }

    static func choice(_ names: [String]) -> Reader<String> {
        { check, value, path in
            if let string = value.string, names.contains(string) { return string }
            let list = names.map { "'\($0)'" }.joined(separator: ", ")
            check.report(path, "Input should be one of \(list)", "literal_error")
            return nil
        }
    }

    static func integer(from minimum: Int = .min) -> Reader<Int> {
        { check, value, path in
            guard let int = value.int else {
                check.report(path, "Input should be a valid integer", "int_type")
                return nil
            }
            guard int >= minimum else {
                check.report(path, "Input should be greater than or equal to \(minimum)", "greater_than_equal")
                return nil
            }
            return int
        }
    }

    static let number: Reader<Double> = { check, value, path in
        if let double = value.double { return double }
        check.report(path, "Input should be a valid number", "float_type")
        return nil
    }

    static let positiveNumber: Reader<Double> = { check, value, path in
        guard let double = number(&check, value, path) else { return nil }
        guard double > 0 else {
            check.report(path, "Input should be greater than 0", "greater_than")
            return nil
        }
        return double
    }

    /// Reads an http or https URL with a host.
    static let webAddress: Reader<String> = { check, value, path in
        guard let string = Self.string()(&check, value, path) else { return nil }
        let scheme = string.upTo { $0 == ":" }.asciiLowercased
        let rest = string.dropping(bytes: scheme.utf8.count)
        let host = rest.dropping(bytes: 3).upTo { $0 == "/" || $0 == "?" || $0 == "#" }
        guard scheme == "http" || scheme == "https", rest.begins(with: "://"), !host.isEmpty,
            !string.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F })
        else {
            check.report(path, "Input should be a valid http or https URL", "url_parsing")
            return nil
        }
        return string
    }

    /// Reads a list of a length within `count`, with `element` for each element.
    static func list<Value>(_ element: @escaping Reader<Value>, count: ClosedRange<Int> = 0...Int.max) -> Reader<
        [Value]
    > {
        { check, value, path in
            guard let array = value.array else {
                check.report(path, "Input should be a valid list", "list_type")
                return nil
            }
            if array.count < count.lowerBound {
                let message = "List should have at least \(count.lowerBound) item after validation, not \(array.count)"
                check.report(path, message, "too_short")
                return nil
            }
            if array.count > count.upperBound {
                let message = "List should have at most \(count.upperBound) items after validation, not \(array.count)"
                check.report(path, message, "too_long")
                return nil
            }
            return array.enumerated().compactMap { element(&check, $1, path + [.number(JSONNumber($0))]) }
        }
    }
}

extension String {
    /// Whether there are more Unicode scalars than `limit`. Counts them only if the number of bytes doesn't decide.
    func hasMoreScalars(than limit: Int) -> Bool {
        if utf8.count <= limit { return false }
        return utf8.count / 4 > limit || unicodeScalars.count > limit
    }
}
