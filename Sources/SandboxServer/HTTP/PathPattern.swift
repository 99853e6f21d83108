/// A path in which `*` matches any one segment.
struct PathPattern: Sendable {
    private let segments: [String]

    init(_ path: String) { segments = Request.segments(of: path) }

    /// Returns the segments that the `*`s match; nil if the path doesn't match.
    func parameters(of path: [String]) -> [String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String] = []
        for (expected, segment) in zip(segments, path) {
            if expected == "*" { parameters.append(segment) } else if expected != segment { return nil }
        }
        return parameters
    }
}
