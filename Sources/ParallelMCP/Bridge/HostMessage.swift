import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// A message of the host, which is passed on byte for byte.
struct HostMessage: Sendable {
    /// The bytes as the host sent them.
    let bytes: [UInt8]
    let json: JSONValue
    /// The id of a request or a response; nil for a notification.
    let id: JSONValue?
    /// The method; nil for a response.
    let method: String?

    /// Why a line is no message.
    enum Fault: Error {
        case notJSON(JSONSyntaxError)
        case notMessage(id: JSONValue?, String)
    }

    /// Reads a line: one message, or several in an array, which the revision 2025-03-26 allows.
    static func messages(in line: [UInt8]) throws(Fault) -> [Result<HostMessage, Fault>] {
        let json: JSONValue
        do throws(JSONSyntaxError) { json = try JSONValue.parse(line) } catch { throw .notJSON(error) }
        guard let elements = json.array else { return [read(json, line)] }
        guard !elements.isEmpty else { throw .notMessage(id: nil, "the array is empty") }
        return elements.map { read($0, $0.bytes()) }
    }

    private static func read(_ json: JSONValue, _ bytes: [UInt8]) -> Result<HostMessage, Fault> {
        Result { () throws(Fault) in try HostMessage(json, bytes) }
    }

    init(_ json: JSONValue, _ bytes: [UInt8]) throws(Fault) {
        guard let object = json.object else { throw .notMessage(id: nil, "it is \(json.typeName), not an object") }
        let id = object["id"].flatMap { $0.isNull ? JSONValue?.none : $0 }
        if let id, id.string == nil, id.number == nil {
            throw .notMessage(id: nil, "its id is \(id.typeName), neither a string nor a number")
        }
        // Some hosts write it into notifications.
        if object["id"]?.isNull == true, let method = object["method"]?.string, !method.begins(with: "notifications/") {
            throw .notMessage(id: nil, "its id is null")
        }
        if json.repeatsMember { throw .notMessage(id: id, "a member stands twice in it") }
        let isAnswer = id != nil && (object["result"] ?? object["error"]) != nil
        guard object["method"]?.string != nil || isAnswer else {
            throw .notMessage(id: id, "it is no request, notification or response")
        }
        // As a notification, it would reach the server without having been checked.
        if id == nil, object["method"]?.string == "tools/call" {
            throw .notMessage(id: nil, "a call of a tool needs an id")
        }
        (self.bytes, self.json, self.id, method) = (bytes, json, id, object["method"]?.string)
    }

    var params: JSONValue? { json["params"] }

    /// The revision that the message itself names, as those of the modern era do (2026-07-28 and later).
    var version: String? { params?["_meta"]?[MetaKey.protocolVersion]?.string }

    var isRequest: Bool { id != nil && method != nil }
    var isCall: Bool { method == "tools/call" }
    /// Whether the answer is a stream that stays open.
    var isSubscription: Bool { method == "subscriptions/listen" }

    /// Whether it may be sent twice. Of a method that is not known, nothing is known about its effect.
    var resend: Resend {
        guard let method, isRequest else { return .ifUnanswered }
        return JSONRPCMessage.harmless.contains(method) ? .ifUnanswered : .never
    }

    /// What makes an id different from another one: `0` and `"0"` are two, and so are texts of other bytes.
    static func key(of id: JSONValue) -> ExactText { ExactText(id.serialized()) }
}
