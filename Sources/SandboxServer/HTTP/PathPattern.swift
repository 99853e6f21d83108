/// A path in which `*` stands for any one segment.
struct PathPattern: Sendable {
    private let segments: [String]

    init(_ path: String) { segments = Request.segments(of: path) }

    /// What stands for each `*`; nil when the path is another.
    func parameters(of path: [String]) -> [String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String] = []
        for (expected, segment) in zip(segments, path) {
            if expected == "*" { parameters.append(segment) } else if expected != segment { return nil }
        }
        return parameters
    }
}
