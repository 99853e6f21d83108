import ParallelHTTP
import ParallelJSON
package import ParallelSystem

/// What a person has typed at a prompt, kept for the next sessions in a file of the user alone: a JSON string a line.
///
/// Sessions at the same time append to it under a lock, so that none loses anything; each recalls what was there when
/// it began, and its own. What may hold a secret is neither kept nor recalled, nor is what begins with a space.
package final class LineHistory: Sendable {
    /// The number of texts that are recalled; a file that holds many more is made smaller.
    package static let capacity = 1_000
    /// The size of the file in bytes above which old texts are dropped.
    static let sizeLimit = 1 << 20
    /// The size of a text in bytes above which it is not kept.
    static let longest = 64 << 10

    /// The file; nil if there is no place for it.
    private let path: String?
    private let secrets: KnownSecrets
    private let secretFlags: [String]
    private let failed: @Sendable (FileError) -> Void
    private let state = Lock(State())

    private struct State {
        var texts: [String] = []
        /// Whether the file can be used.
        var isKept = true
    }

    /// Reads the file, if there is one.
    ///
    /// - Parameters:
    ///   - secretFlags: flags, with their hyphens, before values that may be secrets.
    ///   - failed: learns, once, why the file can't be used.
    package init(
        path: String?, secrets: KnownSecrets, secretFlags: [String] = [],
        failed: @escaping @Sendable (FileError) -> Void
    ) {
        (self.path, self.secrets, self.secretFlags, self.failed) = (path, secrets, secretFlags, failed)
        guard let path, UserFile.exists(path) else { return }
        attempt {
            let (texts, broken) = Self.texts(in: try UserFile.readPrivate(path))
            state.withLock { $0.texts = texts.suffix(Self.capacity) }
            if !broken.isEmpty || texts.count > Self.capacity + Self.capacity / 4 {
                try locked(path) { _ in try Self.compact(path) }
            }
            if !broken.isEmpty {
                failed(FileError(path: path, reason: "it was damaged; what can't be read of it is in \(path).torn now"))
            }
        }
    }

    /// The texts to recall, the oldest first.
    package var texts: [String] { state.withLock { $0.texts } }

    /// Adds a text, unless it equals the last one or is one of those that are not kept.
    package func add(_ text: String) {
        guard !text.isBlank, !text.begins(with: " "), text.utf8.count <= Self.longest, !mayHoldSecret(text) else {
            return
        }
        let isKept = state.withLock { state in
            if state.texts.last?.isExactly(text) == true { return false }
            state.texts = state.texts.suffix(Self.capacity - 1) + [text]
            return state.isKept
        }
        guard isKept, let path else { return }
        attempt {
            try locked(path) { file in
                try file.append(JSONValue.string(text).bytes())
                try file.flush()
                if file.size > Self.sizeLimit { try Self.compact(path) }
            }
        }
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            let wasKept = state.withLock { state in
                defer { state.isKept = false }
                return state.isKept
            }
            guard wasKept else { return }
            let file = error as? FileError ?? FileError(path: path ?? "", reason: "it can't be used")
            failed(FileError(path: file.path, reason: "\(file.reason); the lines are not kept"))
        }
    }

    private func locked(_ path: String, _ body: (LineFile) throws -> Void) throws {
        try LineFile.withPrivate(
            path, lock: path + ".lock", milliseconds: 2_000,
            onTorn: { line throws(FileError) in
                if Self.isNoText(line[...]) { try UserFile.appendPrivate(line, to: path + ".torn") }
            }, body)
    }

    /// Whether a line without an end is none that a killed process has left.
    private static func isNoText(_ line: ArraySlice<UInt8>) -> Bool {
        line.first.map { $0 != UInt8(ascii: "\"") } ?? false
    }

    /// - Returns: `broken` has the lines that can't be read, but not what a killed process has left of the last one.
    private static func texts(in bytes: [UInt8]) -> (texts: [String], broken: [UInt8]) {
        var (texts, broken) = ([String](), [UInt8]())
        for line in bytes.split(separator: 0x0A) {
            if let text = (try? JSONValue.parse(Array(line)))?.string {
                texts.append(text)
            } else if line.endIndex < bytes.endIndex || isNoText(line) {
                broken += line + [0x0A]
            }
        }
        return (texts, broken)
    }

    /// Keeps the newest texts, up to half of the limit, and sets aside what can't be read.
    private static func compact(_ path: String) throws {
        var kept: [[UInt8]] = []
        var size = 0
        let (texts, broken) = texts(in: try UserFile.readPrivate(path))
        if !broken.isEmpty { try UserFile.appendPrivate(broken, to: path + ".torn") }
        for text in texts.suffix(capacity).reversed() {
            let line = JSONValue.string(text).bytes() + [0x0A]
            size += line.count
            if size > sizeLimit / 2 { break }
            kept.append(line)
        }
        var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
        try file.write(Array(kept.reversed().joined()))
        try file.commit(replacing: true)
    }

    // MARK: - Secrets

    /// How the names of variables, fields and parameters end whose values are secrets.
    private static let secretNames = ["token", "secret", "password", "key"]
    private static let secretHeaders = ["authorization:", "x-api-key:"]

    /// Whether a text holds a secret that is known, the value of a flag that takes one, credentials in a URL, or what
    /// looks like a key or token.
    package func mayHoldSecret(_ text: String) -> Bool {
        if !secrets.masked(text).isExactly(text) { return true }
        var (previous, beforePrevious): (Substring, Substring) = ("", "")
        let bare = text.unicodeScalars.filter { !"'\"`".unicodeScalars.contains($0) }
        for word in bare.split(whereSeparator: \.properties.isWhitespace).lazy.map(Substring.init) {
            defer { (beforePrevious, previous) = (previous, word) }
            // `--token VALUE`, and `"token": "VALUE"`.
            let named = previous == ":" ? beforePrevious : previous.begins(with: "-") ? previous : ""
            if Self.isSecret(named), !word.begins(with: "$"), word != ":" { return true }
            let isSecretFlag = secretFlags.contains { flag in
                word.isExactly(flag) || word.begins(with: flag.begins(with: "--") ? flag + "=" : flag)
            }
            if isSecretFlag || Self.secretHeaders.contains(word.asciiLowercased) { return true }
            if AuthenticationScheme(previous) != nil, KnownSecrets.looksGenerated(String(word)) { return true }
            if word.parts(between: ":").contains(where: { $0.begins(with: "//") }),
                !AddressMask.secrets(in: String(word)).isEmpty
            {
                return true
            }
            for part in word.parts(between: ",") {
                guard let place = part.place(of: "=") ?? part.place(of: ":") else { continue }
                let (name, value) = part.halves(around: place)
                if Self.isSecret(name), !value.isEmpty, !value.begins(with: "$") { return true }
            }
            if word.utf8.split(whereSeparator: { "=:,;".utf8.contains($0) }).contains(where: Self.looksLikeKey) {
                return true
            }
        }
        return false
    }

    private static func isSecret(_ name: Substring) -> Bool {
        secretNames.contains { name.asciiLowercased.ends(with: $0) }
    }

    private static func looksLikeKey(_ part: Substring.UTF8View.SubSequence) -> Bool {
        let text = String(Substring(part))
        if AddressMask.beginsLikeKey(text) { return true }
        // Names of files may be as mixed.
        return !text.utf8.contains { "./".utf8.contains($0) } && AddressMask.looksLikeSecret(text.utf8)
    }
}
