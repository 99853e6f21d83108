/// A lossless JSON value (RFC 8259): members keep their order, and numbers the text they were written with.
///
/// This module is the program's only JSON code; it knows neither files nor the API.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    /// A string holding an unpaired surrogate escape such as `"\ud83d"`, which Swift's `String` can't represent.
    ///
    /// `source` is the text between the quotes as it was written; `string` has U+FFFD in place of the surrogate.
    case unpairedSurrogates(source: String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    package static func == (one: JSONValue, other: JSONValue) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.number(let one), .number(let other)): one == other
        case (.string(let one), .string(let other)): one.isSame(as: other)
        case (.unpairedSurrogates(let one), .unpairedSurrogates(let other)): one.isSame(as: other)
        case (.array(let one), .array(let other)): one == other
        case (.object(let one), .object(let other)): one == other
        default: false
        }
    }
}

// MARK: - Typed access: nil when the value is of another type

extension JSONValue {
    /// Whether this is `null`; a missing member is not.
    package var isNull: Bool { self == .null }

    /// `true` or `false`.
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The number as it was written.
    package var number: JSONNumber? {
        if case .number(let value) = self { value } else { nil }
    }

    /// The number as `Int`, if it is one without rounding (`3`, `3.0` and `3e0`, but not `3.5`).
    package var int: Int? { number?.int }

    /// The number as the nearest `Double`; nil also if it is too large for one.
    package var double: Double? { number?.double }

    /// The text of a string, with U+FFFD for each unpaired surrogate.
    package var string: String? {
        switch self {
        case .string(let value): value
        case .unpairedSurrogates(let source): JSONParser.repairedString(source: source)
        default: nil
        }
    }

    /// The elements of an array.
    package var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members of an object.
    package var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member `key` of an object; nil when there is none or the value is no object.
    package subscript(key: String) -> JSONValue? { object?[key] }

    /// The element at `index` of an array; nil when it is out of range or the value is no array.
    package subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }

    /// The type in JSON Schema's terms; whole numbers are just numbers.
    package var schemaType: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string, .unpairedSurrogates: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    package init(floatLiteral value: Double) { self = .number(JSONNumber(value)) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
}
