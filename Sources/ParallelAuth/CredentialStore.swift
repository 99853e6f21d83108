package import ParallelJSON
import ParallelSettings
package import ParallelSystem

/// The files that hold logins, which only the user can read: those at servers one each, in a folder, and those at
/// Parallel itself together in `credentials.json`.
///
/// A file is replaced as a whole, and refused if it is a link or others can read it. Where the user has named a program
/// that keeps secrets, it has them, and the file has empty texts in their places.
package struct CredentialStore: Sendable {
    /// Runs a program of the user's with these words and this input, and returns the lines that it prints.
    package typealias Helper = @Sendable (_ words: [String], _ input: [UInt8]) throws -> [String]

    package let folder: String
    /// `credentials.json`, which also names the program that keeps secrets.
    private let accountsPath: String
    private let isOfAccounts: Bool
    private let helper: Helper

    /// Returns nil if the environment names no folder for configuration.
    ///
    /// - Parameter isOfAccounts: whether it holds the logins at Parallel itself, whose names are those of profiles.
    package init?(environment: [String: String], isOfAccounts: Bool = false, helper: @escaping Helper = ownHelper) {
        guard let configuration = XDGPaths(environment: environment).configuration else { return nil }
        folder = isOfAccounts ? configuration : configuration + "/credentials"
        accountsPath = configuration + "/credentials.json"
        self.isOfAccounts = isOfAccounts
        self.helper = helper
    }

    /// Runs a program and shows nothing of what it says.
    package static let ownHelper: Helper = { words, input in try HelperCommand.run(words, input: input) { _ in } }

    /// Returns the name of the file for a server, which is a URL, and an account. It holds no secret.
    package static func name(of server: String, account: String?, pending: Bool = false) -> String {
        let host = server.parts(between: "/").dropFirst(2).first.map(String.init) ?? "server"
        let shown = host.utf8.prefix(60).map { $0.isASCIILetterOrDigit || ".-".utf8.contains($0) ? $0 : 0x5F }
        // A line end is in neither of them.
        let hash = SHA256.hash(Array("\(server)\n\(account ?? "")".utf8)).prefix(8)
        let digits = hash.flatMap { HexDigits.lowercase.digits(of: $0) }
        return String(decoding: shown + [UInt8(ascii: "-")] + digits, as: UTF8.self) + (pending ? pendingEnd : "")
    }

    private static let pendingEnd = ".pending"

    // MARK: - Values

    /// Returns what is stored under `name`; nil if there is nothing. Throws `FileError`, and what the program that
    /// keeps its secrets throws.
    package func read(_ name: String) throws -> JSONValue? {
        guard let object = try shown(name) else { return nil }
        guard let words = Self.words(object[Self.program]) else { return .object(object) }
        let lines = try helper(words + ["get", id(of: name)], []).filter { !$0.isBlank }
        func failure(_ reason: String) -> HelperCommand.Failure { .init(program: words[0], reason: reason) }
        guard let line = lines.first, lines.count == 1 else {
            throw failure("it gave \(lines.isEmpty ? "no secret" : "several lines, and a secret is one")")
        }
        guard let secrets = try? JSONValue.parse(Array(line.utf8)), secrets.object != nil else {
            throw failure("it gave something else than what was stored")
        }
        return KeptSecrets.filled(.object(object), with: secrets)
    }

    /// Stores `value` under `name` and returns once it is on the disk. Throws `FileError`, and what the program that
    /// keeps secrets throws.
    package func write(_ value: JSONValue, as name: String) throws {
        try prepare()
        let before = try shown(name).flatMap { Self.words($0[Self.program]) }
        var object = value.object ?? [:]
        let words = try Self.words(object[Self.program]) ?? Self.words(shared()[Self.program])
        if let words, !name.ends(with: Self.pendingEnd) {
            let (rest, secrets) = KeptSecrets.taken(from: object)
            let line = JSONValue.object(secrets).bytes() + [UInt8(ascii: "\n")]
            _ = try helper(words + ["store", id(of: name)], line)
            object = rest
            object[Self.program] = .array(words.map(JSONValue.string))
        }
        // The login is made anew; whatever became of the program before must not stop that.
        if let before, before != words { _ = try? helper(before + ["erase", id(of: name)], []) }
        guard isOfAccounts else { return try Self.write(object, to: path(name)) }
        try change { all in
            var profiles = all[Self.profiles]?.object ?? [:]
            profiles[name] = .object(object)
            all[Self.profiles] = .object(profiles)
        }
    }

    /// Removes what is stored under `name`, also if the program that keeps its secrets fails; then throws its error.
    package func remove(_ name: String) throws {
        let words = try shown(name).flatMap { Self.words($0[Self.program]) }
        let erased = Result { if let words { _ = try helper(words + ["erase", id(of: name)], []) } }
        if isOfAccounts {
            try change { all in
                var profiles = all[Self.profiles]?.object ?? [:]
                profiles[name] = nil
                all[Self.profiles] = .object(profiles)
            }
        } else {
            UserFile.remove(path(name))
        }
        try erased.get()
    }

    /// Returns all values without the secrets that a program keeps. Files that can't be used are left out.
    package func values() -> [JSONValue] {
        guard (try? UserFile.requirePrivateFolder(folder)) != nil else { return [] }
        return Directory.names(in: folder).filter { $0.ends(with: ".json") && !$0.ends(with: ".pending.json") }.sorted()
            .compactMap { name in try? shown(String(name.dropLast(5))).map(JSONValue.object) }
    }

    /// Runs `body` while no other process, and no other task, does so for `name`. Goes ahead without the lock after a
    /// minute, as a process that hangs must not keep all others from a login.
    package func locked<Value>(
        _ name: String, _ clock: any Clock<Duration>, _ body: () async throws -> Value
    ) async throws -> Value {
        try prepare()
        let lock = try FileLock(path: "\(folder)/\(isOfAccounts ? "credentials" : name).lock")
        for _ in 0..<1_200 where !lock.take() { try await clock.sleep(for: .milliseconds(50)) }
        let result = try await body()
        lock.release()
        return result
    }

    /// Has a program keep a secret, hand it out and forget it. Throws what it throws, and if it hands out another one.
    package func tryProgram(_ words: [String]) throws {
        var generator = SystemRandomNumberGenerator()
        let (name, secret) = ("parallel/trial", "trial-\(generator.next() as UInt64)")
        _ = try helper(words + ["store", name], Array("\(secret)\n".utf8))
        let lines = try helper(words + ["get", name], []).filter { !$0.isBlank }
        _ = try helper(words + ["erase", name], [])
        guard lines == [secret] else {
            throw HelperCommand.Failure(
                program: words[0], reason: "after 'store \(name)', it answers 'get \(name)' with something else")
        }
    }

    // MARK: - What logins share

    /// Returns `credentials.json`, without the secrets that a program keeps; empty if there is none.
    /// Throws `FileError` also where its logins or keys are not what this program writes.
    package func shared() throws(FileError) -> JSONObject {
        let all = try Self.read(accountsPath) ?? [:]
        let isOwn =
            (all[Self.profiles].map { $0.object != nil } ?? true) && (all["keys"].map { $0.array != nil } ?? true)
        guard isOwn else { throw Self.foreign(accountsPath) }
        return all
    }

    /// Returns the names of the logins at Parallel itself.
    package func profiles() throws(FileError) -> [String] { try shared()[Self.profiles]?.object?.keys ?? [] }

    /// Changes `credentials.json`; call it within `locked`.
    package func change(_ work: (inout JSONObject) -> Void) throws(FileError) {
        try prepare()
        var all = try shared()
        if all.isEmpty { all["version"] = 1 }
        work(&all)
        try Self.write(all, to: accountsPath)
    }

    /// The member with the words of the program that keeps secrets.
    package static let program = "store"
    private static let profiles = "profiles"

    /// The path of the file that holds `name`.
    package func path(_ name: String) -> String { isOfAccounts ? accountsPath : "\(folder)/\(name).json" }

    /// The name of a login for the program that keeps its secrets.
    private func id(of name: String) -> String { "parallel/\(isOfAccounts ? "login" : "mcp")/\(name)" }

    private static func words(_ value: JSONValue?) -> [String]? {
        let words = (value?.array ?? []).compactMap(\.string)
        return words.first?.isEmpty == false ? words : nil
    }

    // MARK: - Files

    /// Returns what is stored under `name`, without the secrets that a program keeps; nil if there is nothing.
    package func shown(_ name: String) throws(FileError) -> JSONObject? {
        if isOfAccounts { return try shared()[Self.profiles]?[name]?.object }
        guard UserFile.exists(folder) else { return nil }
        try UserFile.requirePrivateFolder(folder)
        return try Self.read(path(name))
    }

    private static func read(_ path: String) throws(FileError) -> JSONObject? {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try UserFile.readPrivate(path)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        guard let object = (try? JSONValue.parse(bytes))?.object else {
            throw foreign(path)
        }
        return object
    }

    private static func foreign(_ path: String) -> FileError {
        FileError(path: path, reason: "it is not what was written there; remove it and sign in again")
    }

    private static func write(_ object: JSONObject, to path: String) throws(FileError) {
        // The file is not followed to where a link leads.
        if UserFile.exists(path) { _ = try UserFile.readPrivate(path) }
        var file = try AtomicFile(path: path, mode: 0o600, keepsMode: false)
        try file.write(JSONValue.object(object).bytes(.pretty) + [UInt8(ascii: "\n")])
        try file.commit(replacing: true)
    }

    private func prepare() throws(FileError) {
        try Directory.create(folder)
        if !isOfAccounts { try UserFile.requirePrivateFolder(folder) }
    }
}
