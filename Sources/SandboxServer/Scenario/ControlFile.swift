import ParallelJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Faults that belong to no run, read from a JSON file whenever it changes.
///
/// Counts start anew with each change of the file. A file that is absent means no faults; one that cannot be read as
/// faults is reported once on stderr and means none either.
actor ControlFile {
    struct Rule {
        var method: String?
        /// Nil matches every path.
        var path: PathPattern?
        var fault: Fault
        /// Requests still to be hit; nil without end.
        var remaining: Int?
        var retryAfter: String?
    }

    private let path: String
    private var stamp: [Int] = []
    private var rules: [Rule] = []

    init(path: String) { self.path = path }

    /// The fault that `request` meets, which uses it up once.
    func takeFault(for request: Request) -> (fault: Fault, retryAfter: String?)? {
        reload()
        guard let index = rules.firstIndex(where: { $0.matches(request) }) else { return nil }
        if let remaining = rules[index].remaining { rules[index].remaining = remaining - 1 }
        return (rules[index].fault, rules[index].retryAfter)
    }

    private func reload() {
        var info = stat()
        guard stat(path, &info) == 0 else {
            stamp = []
            rules = []
            return
        }
        #if canImport(Darwin)
            let changed = info.st_mtimespec
        #else
            let changed = info.st_mtim
        #endif
        let current = [
            Int(changed.tv_sec), Int(changed.tv_nsec), Int(info.st_size), Int(truncatingIfNeeded: info.st_ino),
        ]
        guard current != stamp else { return }
        stamp = current
        do {
            rules = try Self.rules(from: Files.read(path))
        } catch {
            rules = []
            StandardError.write("parallel-sandbox: \(path): \(error)")
        }
    }

    /// - Throws: a `ControlFileError` that says what is wrong.
    static func rules(from bytes: [UInt8]) throws -> [Rule] {
        let value: JSONValue
        do { value = try JSONValue.parse(bytes) } catch { throw ControlFileError(error.description) }
        guard let list = value["faults"]?.array else { throw ControlFileError("expected {\"faults\": [...]}") }
        return try list.map(Rule.init)
    }
}

struct ControlFileError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension ControlFile.Rule {
    init(_ value: JSONValue) throws {
        guard let object = value.object else { throw ControlFileError("a fault must be an object") }
        let known: Set = ["method", "path", "times", "status", "action", "seconds", "retry_after"]
        if let key = object.keys.first(where: { !known.contains($0) }) {
            throw ControlFileError("unknown member '\(key)' of a fault")
        }
        method = object["method"]?.string
        path = object["path"]?.string.map(PathPattern.init)
        remaining = object["times"]?.int
        retryAfter = object["retry_after"].map { $0.string ?? $0.serialized() }
        switch (object["action"]?.string, object["status"]?.int) {
        case (nil, let status?): fault = .status(status)
        case ("html", let status?): fault = .html(status)
        case ("delay", nil), ("slow", nil): fault = .slow(seconds: object["seconds"]?.double ?? 2)
        case (let word?, nil):
            guard let known = Fault(word) else { throw ControlFileError("unknown action '\(word)'") }
            fault = known
        default: throw ControlFileError("a fault needs a status or an action")
        }
    }

    func matches(_ request: Request) -> Bool {
        if remaining == 0 { return false }
        if let method, method != request.method { return false }
        return path.map { $0.parameters(of: request.segments) != nil } ?? true
    }
}
