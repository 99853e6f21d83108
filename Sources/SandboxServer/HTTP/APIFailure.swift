import ParallelJSON

/// An error response in the API's usual shape: `{"type":"error","error":{"ref_id","message","detail"}}`.
struct APIFailure: Error, CustomStringConvertible {
    var status: Int
    var message: String
    var detail: JSONValue = .null
    var headers: [(name: String, value: String)] = []
    var referencePrefix = ""
    /// Whether the body is just the list of errors, as in the API's `HTTPValidationError`.
    var isHTTPValidation = false

    var reply: Reply {
        if isHTTPValidation, let errors = detail["errors"] { return .json(status, ["detail": errors]) }
        let error: JSONValue = [
            "ref_id": .string(referencePrefix.isEmpty ? Identifier.uuid() : Identifier.make(referencePrefix)),
            "message": .string(message), "detail": detail,
        ]
        var reply = Reply.json(status, ["type": "error", "error": error])
        reply.headers += headers
        return reply
    }

    /// The failure in the form that some routes use for 422; other statuses have only one form.
    var asHTTPValidation: APIFailure {
        var failure = self
        failure.isHTTPValidation = status == 422
        return failure
    }

    /// The failure in the words of the routes for pages, with a reference that begins with `prefix`.
    func ofPages(_ prefix: String) -> APIFailure {
        var failure = self
        failure.message = "Request validation error"
        failure.referencePrefix = prefix
        return failure
    }

    /// The message and the error of each field.
    var description: String {
        let errors = (detail["errors"]?.array ?? []).map { error in
            let place = (error["loc"]?.array ?? []).dropFirst().map { $0.string ?? $0.serialized() }
            return "\n\(place.joined(separator: ".")): \(error["msg"]?.string ?? "")"
        }
        return message + errors.joined()
    }

    static let unauthorized = APIFailure(status: 401, message: "Unauthorized: invalid or missing credentials")
    static let unknownRoute = APIFailure(status: 404, message: "Not Found")
    static let unknownRun = APIFailure(status: 404, message: "Run id not found")
    static let unknownFindAll = APIFailure(status: 404, message: "FindAll run not found")
    static let unknownGroup = APIFailure(status: 404, message: "TaskGroup not found")
    static let noResult = APIFailure(status: 404, message: "Run failed or run id not found")
    static let stillActive = APIFailure(status: 408, message: "Request timed out; run still active")

    static let insufficientCredit = APIFailure(
        status: 402, message: "Payment required: insufficient credit in account")

    static func unknownProcessor(_ name: String) -> APIFailure {
        APIFailure(
            status: 403, message: "Forbidden: invalid processor in request", detail: ["processor": .string(name)])
    }

    /// Returns the 422 for data connectors that a run can't have; its message lists those that it can have.
    static func unavailableSources(_ names: [String], available: [String]) -> APIFailure {
        func list(_ names: [String]) -> String { "[\(names.map { "'\($0)'" }.joined(separator: ", "))]" }
        return APIFailure(
            status: 422,
            message: "Selected data provider(s) are unavailable: \(list(names)). Available: \(list(available)).")
    }

    static func wrongMethod(allowed: [String]) -> APIFailure {
        APIFailure(
            status: 405, message: "Method Not Allowed", headers: [("allow", allowed.joined(separator: ", "))])
    }

    /// Returns the 422 for a request that breaks rules; `errors` lists them with their place in the request.
    static func validation(_ errors: [JSONValue]) -> APIFailure {
        APIFailure(
            status: 422, message: "Unprocessable content: request validation error", detail: ["errors": .array(errors)])
    }

    /// Returns the error response that a scenario or the control file asks for.
    static func scripted(_ status: Int, retryAfter: String?) -> APIFailure {
        let message =
            switch status {
            case 401: unauthorized.message
            case 402: insufficientCredit.message
            case 403: "Forbidden: invalid processor in request"
            case 404: unknownRun.message
            case 408: stillActive.message
            case 422: "Unprocessable content: request validation error"
            case 429: "Too many requests: quota temporarily exceeded"
            case 500: "Internal server error"
            case 502: "Bad gateway"
            case 503: "Service unavailable"
            default: "Sandbox: scripted status \(status)"
            }
        return APIFailure(
            status: status, message: message, headers: retryAfter.map { [("retry-after", $0)] } ?? [])
    }
}
