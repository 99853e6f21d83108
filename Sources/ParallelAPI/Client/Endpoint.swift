package import ParallelHTTP

/// A call of the API: method, path, and whether it may be sent twice.
package struct Endpoint: Sendable {
    package let method: HTTPMethod
    /// The path below the base URL; ids in it are percent-encoded.
    package let path: String
    package var query: [(String, String)] = []
    /// Whether the request may be sent again; `never` for requests that cost money.
    package var resend = Resend.safe
    /// What a request creates that is never sent twice; nil if that has no id of its own.
    package var creates: WorkID.Kind? = .run
    /// The names of the features that the request asks for (`parallel-beta`).
    package var betas: [String] = []
    /// The time that the server may be silent; nil means the usual limit of the client.
    package var idle: Duration?
    /// See `HTTPRequest.subject`.
    package var subject: String?
    /// See `HTTPRequest.maximumBodyBytes`.
    package var maximumBodyBytes = HTTPRequest.usualBodyBytes

    /// The maximum size of a result, which was paid for and so may take much memory.
    private static let maximumResultBytes = 1 << 30

    static let createRun = Endpoint(method: .post, path: "/v1/tasks/runs", resend: .never)
    /// Searching again creates nothing, so the request is safe although it is a POST.
    package static let search = Endpoint(method: .post, path: "/v1/search")
    package static let searchImages = Endpoint(method: .post, path: "/v1/images/search")
    package static let extract = Endpoint(method: .post, path: "/v1/extract")
    /// An answer of a chat model, which may take as long as a run on the processor of its name.
    package static let chat = Endpoint(
        method: .post, path: "/v1beta/chat/completions", resend: .never, creates: nil, idle: .seconds(600))

    static func run(_ id: String) -> Endpoint { Endpoint(method: .get, path: runPath(id), subject: "run \(id)") }

    /// Returns the long-poll for a result; `timeout` in whole seconds.
    static func result(_ id: String, timeout: Int) -> Endpoint {
        Endpoint(
            method: .get, path: runPath(id) + "/result", query: [("timeout", String(timeout))], subject: "run \(id)",
            maximumBodyBytes: maximumResultBytes)
    }

    static func input(_ id: String) -> Endpoint {
        Endpoint(method: .get, path: runPath(id) + "/input", subject: "run \(id)")
    }

    static func events(_ id: String) -> Endpoint {
        Endpoint(method: .get, path: runPath(id) + "/events", subject: "run \(id)")
    }

    // MARK: - Groups

    /// Creating a group costs nothing: one that was created twice is an empty group left over.
    static let createGroup = Endpoint(method: .post, path: groupsPath)

    static func group(_ id: String) -> Endpoint {
        Endpoint(method: .get, path: groupPath(id), subject: "group \(id)")
    }

    static func addRuns(_ group: String, refreshesStatus: Bool) -> Endpoint {
        Endpoint(
            method: .post, path: groupPath(group) + "/runs", query: [("refresh_status", String(refreshesStatus))],
            resend: .never, subject: "group \(group)")
    }

    static func groupRuns(_ group: String, _ query: GroupRunsQuery) -> Endpoint {
        Endpoint(
            method: .get, path: groupPath(group) + "/runs", query: query.pairs, subject: "group \(group)",
            maximumBodyBytes: query.includesOutput ? maximumResultBytes : HTTPRequest.usualBodyBytes)
    }

    static func groupEvents(_ group: String, after eventID: String?) -> Endpoint {
        let query = eventID.map { [("last_event_id", $0)] } ?? []
        return Endpoint(method: .get, path: groupPath(group) + "/events", query: query, subject: "group \(group)")
    }

    static let suggest = Endpoint(method: .post, path: "/v1beta/tasks/suggest")
    static let suggestProcessor = Endpoint(method: .post, path: "/v1beta/tasks/suggest-processor")

    // MARK: - FindAll

    private static let findAllRunsPath = "/v1beta/findall/runs"

    /// Neither of the two creates anything, so they are safe although they are POSTs.
    package static let ingest = Endpoint(method: .post, path: "/v1beta/findall/ingest")
    /// Dearer than other searches, so a lost answer is not asked for again.
    package static let entitySearch = Endpoint(
        method: .post, path: "/v1beta/findall/entity-search", resend: .never, creates: nil)
    package static let createFindAll = Endpoint(
        method: .post, path: findAllRunsPath, resend: .never, creates: .findAll)

    /// Returns a call of one FindAll run: its state, or what is below it.
    ///
    /// - Parameter changes: whether it changes the run, which must not happen twice.
    package static func findAll(_ id: String, _ below: String? = nil, changes: Bool = false) -> Endpoint {
        let path = "\(findAllRunsPath)/\(HTTPURL.encodeSegment(id))" + (below.map { "/\($0)" } ?? "")
        return Endpoint(
            method: changes ? .post : .get, path: path, resend: changes ? .never : .safe, creates: nil,
            subject: "FindAll run \(id)", maximumBodyBytes: maximumResultBytes)
    }

    private static let groupsPath = "/v1/tasks/groups"

    private static func groupPath(_ id: String) -> String { "\(groupsPath)/\(HTTPURL.encodeSegment(id))" }

    private static func runPath(_ id: String) -> String { "/v1/tasks/runs/\(HTTPURL.encodeSegment(id))" }
}

extension Endpoint {
    /// Any call. It may be sent again only if that can have no further effect (RFC 9110 §9.2.2).
    ///
    /// - Parameter path: the path below the base URL; what may not stand in one is encoded, escapes stay.
    package init(_ method: HTTPMethod, at path: String, query: [(String, String)]) {
        self.init(
            method: method, path: path, query: query, resend: method == .post || method == .patch ? .never : .safe,
            creates: nil)
    }

    /// - Parameter path: the segments of the path, which are percent-encoded.
    package init(
        _ method: HTTPMethod, _ path: [String], query: [(String, String)] = [], resend: Resend = .safe,
        creates: WorkID.Kind? = nil, subject: String? = nil
    ) {
        self.init(
            method: method, path: path.map { "/" + HTTPURL.encodeSegment($0) }.joined(), query: query, resend: resend,
            creates: creates, subject: subject)
    }
}
