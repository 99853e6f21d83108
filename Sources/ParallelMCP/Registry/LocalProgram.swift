package import ParallelJSON
import ParallelSettings
package import ParallelSystem

/// A server that is a program on this machine, as an entry of the user's own registry or the command line describes it:
/// texts with `${VAR}` references.
package struct LocalProgram: Sendable {
    private var words: [String]
    /// Variables that it gets besides the usual ones.
    package var variables: [(name: String, value: String)] = []
    private var directory: String?

    /// The name of the program in messages: that of its file.
    package var name: String { words[0].parts(between: "/").last.map(String.init) ?? words[0] }

    /// Makes a program that gets no variables but the usual ones; there is at least one word.
    package init(words: [String]) { self.words = words }

    /// Reads an entry of a registry file; nil if it is of another kind.
    init?(entry: JSONValue) throws(EntryError) {
        guard let object = entry.object, object["url"] == nil else { return nil }
        guard let command = object["command"], !command.isNull else { return nil }
        // Some programs have the arguments behind the command, in one array.
        var words = command.array.map { Self.texts($0) } ?? command.string.map { [$0] }
        if let arguments = object["args"], !arguments.isNull {
            words = arguments.array.flatMap { Self.texts($0) }.flatMap { arguments in words.map { $0 + arguments } }
        }
        guard let words, let program = words.first, !program.isEmpty else {
            throw .malformed("its 'command' and 'args' are no texts")
        }
        self.words = words.map(VariableReference.translated)
        for member in object["env"]?.object ?? object["environment"]?.object ?? [:] {
            guard let text = member.value.string, !member.key.isEmpty, !member.key.utf8.contains(UInt8(ascii: "="))
            else {
                throw .malformed("its 'env' is not an object of texts")
            }
            variables.append((member.key, VariableReference.translated(text)))
        }
        directory = object["cwd"]?.string.map(VariableReference.translated)
    }

    /// Makes a program startable from anywhere that was named by its place in `folder`, or gets places there: arguments
    /// such as `.` and `../data`, and names of files. Returns these arguments as they are now.
    package mutating func settle(in folder: String) -> [String] {
        var settled: [String] = []
        for (index, word) in words.enumerated() where !word.begins(with: "/") && !word.begins(with: "-") {
            let start = word.upTo { $0 == "/" }
            let isPlace =
                start == "." || start == ".." || index == 0 && word.has("/")
                || index > 0 && UserFile.isRegular("\(folder)/\(word)")
            // A line for a shell, as behind `sh -c`, may begin with one.
            let isLine = index > 0 && word.has(" ") && !UserFile.exists("\(folder)/\(word)")
            guard isPlace, !isLine else { continue }
            words[index] = word == "." ? folder : "\(folder)/\(start == "." ? String(word.dropping(bytes: 2)) : word)"
            if index > 0 { settled.append(words[index]) }
        }
        return settled
    }

    /// What names the first argument that looks like a literal secret, such as a flag; nil if there is none.
    package var nameOfLiteralSecret: String? {
        var before = ""
        for word in words.dropFirst() {
            defer { before = word }
            // A name and its value may be two words or one: `--key=…`, `KEY=…`, `Key: …`.
            let name = String(word.upTo { $0 == "=" || $0 == ":" })
            let value = String(word.dropping(bytes: name.utf8.count + 1))
            // Other words don't name what follows: `docker run -e API_KEY image:1`.
            let flag = before.begins(with: "-") ? before : ""
            if ServerDefinition.isURL(word) {
                if SecretMask.hasLiteralSecret(inURL: word) { return "a URL" }
            } else if Self.hasPassword(word) {
                return "a URL"
            } else if Self.isSecret(value, under: name) {
                return name
            } else if Self.isSecret(word, under: flag) {
                return flag.isEmpty ? "an argument" : flag
            }
        }
        return nil
    }

    /// Whether a word is an address with a password, such as `postgresql://user:password@host/name`.
    private static func hasPassword(_ word: String) -> Bool {
        let parts = word.parts(between: "/")
        guard parts.count > 2, parts[0].ends(with: ":"), parts[1].isEmpty, let at = parts[2].lastPlace(of: "@"),
            let colon = parts[2][..<at].place(of: ":")
        else { return false }
        let password = parts[2][..<at].halves(around: colon).1
        return !password.isEmpty && !password.has("$")
    }

    /// Whether a value looks like a secret whose name, or whose scheme of authentication, says that it is one.
    private static func isSecret(_ value: String, under name: String) -> Bool {
        let value = String(value.trimmed { $0 == " " })
        let scheme = ["bearer ", "basic "].first { value.asciiLowercased.begins(with: $0) }
        let word = String(value.dropping(bytes: scheme?.utf8.count ?? 0))
        let name = name.asciiLowercased
        let says = ["key", "token", "secret", "password", "authorization"].contains { name.ends(with: $0) }
        // A file that holds one is none.
        let isReference = word.has("$") || ["/", "./", "../", "~"].contains { word.begins(with: $0) }
        return (says || scheme != nil) && !isReference && KnownSecrets.looksGenerated(word)
    }

    /// The entry of a registry file for it.
    package var entry: JSONValue {
        var entry: JSONObject = ["command": .string(words[0])]
        if words.count > 1 { entry["args"] = .array(words.dropFirst().map(JSONValue.string)) }
        if !variables.isEmpty { entry["env"] = .object(JSONObject(variables.map { ($0.name, .string($0.value)) })) }
        return .object(entry)
    }

    private static func texts(_ values: [JSONValue]) -> [String]? {
        let texts = values.compactMap(\.string)
        return texts.count == values.count ? texts : nil
    }

    /// The variables that every program gets, because hardly any works without them. None of them holds a secret.
    private static let usual: Set<String> = [
        "PATH", "HOME", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TERM", "TMPDIR", "TZ", "USER",
        "LOGNAME", "SHELL", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR",
    ]

    /// Returns the program with its variables expanded; `hide` gets the values that must not be shown.
    package func launch(
        _ environment: [String: String], hide: (String) -> Void
    ) throws(EntryError) -> ProgramLaunch {
        func expanded(_ text: String, _ member: String) throws(EntryError) -> String {
            if VariableReference.hasUnreadableReference(text) { throw .unreadableReference(.member(member)) }
            VariableReference.references(in: text).compactMap { $0.value(in: environment) }.forEach(hide)
            let value: String
            do throws(VariableReference.Unset) {
                value = try VariableReference.expand(text, environment)
            } catch {
                throw .unset(variable: error.variable, .member(member))
            }
            // C's strings end there.
            if value.utf8.contains(0) { throw .malformed("its '\(member)' has a NUL in it") }
            return value
        }
        var launch = ProgramLaunch([])
        for word in words { launch.words.append(try expanded(word, "args")) }
        var entries = environment.filter { Self.usual.contains($0.key) }
        for variable in variables {
            let value = try expanded(variable.value, "env")
            if KnownSecrets.looksGenerated(value) { hide(value) }
            entries[variable.name] = value
        }
        launch.environment = entries.map { "\($0.key)=\($0.value)" }
        if let directory { launch.directory = try expanded(directory, "cwd") }
        return launch
    }

    /// Splits a command line into words as a shell does, at spaces and by quotes and backslashes, but expands nothing:
    /// no shell runs it. Returns nil if a quotation mark or a backslash has no end.
    package static func words(of line: String) -> [String]? {
        let split = CommandWords(line)
        return split.open == nil ? split.words : nil
    }
}

extension ServerRegistry {
    /// Returns the program that the user's own registry has under a name; nil if it has none. Files that somebody else
    /// may have written start nothing. Throws `RegistryError`.
    package func program(named name: String, for use: ServerUse) throws(RegistryError) -> LocalProgram? {
        guard let file = try file(.user), let value = file[name] else { return nil }
        do throws(EntryError) {
            guard let program = try LocalProgram(entry: value) else { return nil }
            if RegistryEntry.isDisabled(value), use != .trial { throw .disabled }
            return program
        } catch {
            throw .unusable(name: name, .file(.user, path: file.shownPath), error)
        }
    }

    /// Whether commands that call servers start a program for this entry.
    package func starts(_ entry: RegistryEntry) -> Bool {
        entry.origin.scope == .user && (try? LocalProgram(entry: entry.value)) != nil
    }

    /// Returns a program as a server for use, with its variables expanded. Throws `RegistryError`.
    package func server(_ program: LocalProgram, name: String) throws(RegistryError) -> ResolvedServer {
        do throws(EntryError) {
            return ResolvedServer(name, try program.launch(environment, hide: secrets.hide))
        } catch {
            throw .unusable(name: name, nil, error)
        }
    }
}
