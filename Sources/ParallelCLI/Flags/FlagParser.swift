import ParallelSystem

/// Parses the words after a command's name: flags in any place, their values, switches, and positional words.
///
/// Understands `--flag value`, `--flag=value`, `-pVALUE`, `-p VALUE`, grouped switches (`-qv`), `--no-switch`, `--` (no
/// flags follow) and `-` (standard input, no flag).
struct FlagParser {
    /// Takes the value of a flag, given by its place in `flags`; throws a reason that doesn't repeat the flag's name.
    typealias Apply = (_ place: Int, _ value: String) throws(InvalidValue) -> Void

    enum Outcome {
        case parsed(positionals: [String])
        /// `-h` (short) or `--help` (full) was given, and nothing else matters.
        case help(isFull: Bool)
        case version
    }

    let flags: [FlagSpec]

    /// Calls `apply` with the value of each flag, in order.
    func parse(_ words: [String], _ apply: Apply) throws(UsageError) -> Outcome {
        var positionals: [String] = []
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            if word == "--" {
                positionals += words[index...]
                break
            } else if let outcome = Self.builtIn(word) {
                return outcome
            } else if word.begins(with: "--") {
                try parseLong(word, words, &index, apply)
            } else if word.begins(with: "-"), word != "-" {
                if let outcome = try parseShort(word, words, &index, apply) { return outcome }
            } else {
                positionals.append(word)
            }
        }
        return .parsed(positionals: positionals)
    }

    private func parseLong(
        _ word: String, _ words: [String], _ index: inout Int, _ apply: Apply
    ) throws(UsageError) {
        let name = Self.name(of: word)
        let attached = word.place(of: "=").map { String(word.halves(around: $0).1) }
        guard let (place, isOn) = find(name) else {
            let negations = flags.filter { $0.value == nil }.map { "no-\($0.name)" }
            let names = flags.map(\.name) + BuiltInFlags.all.map(\.name)
            let near = Suggestions.nearest(to: name, among: names + (name.begins(with: "no-") ? negations : []))
            let official = OfficialCommands.advice(forFlag: name)
            var error = UsageError("unknown flag --\(name)", hint: official ?? near.map { "did you mean --\($0)?" })
            if error.hint == nil { error.unknownFlag = name }
            throw error
        }
        guard flags[place].value != nil else {
            guard attached == nil else { throw UsageError("--\(name) takes no value") }
            return try set(place, isOn ? FlagSpec.on : FlagSpec.off, as: "--\(name)", apply)
        }
        // Not `??`, which loses the type of the error that its right side throws.
        let value = if let attached { attached } else { try takeValue(for: "--\(name)", words, &index) }
        try set(place, value, as: "--\(name)", apply)
    }

    private func parseShort(
        _ word: String, _ words: [String], _ index: inout Int, _ apply: Apply
    ) throws(UsageError) -> Outcome? {
        var rest = word.unicodeScalars.dropFirst()
        while let letter = rest.popFirst() {
            if let outcome = Self.builtIn("-\(letter)") { return outcome }
            guard let place = flags.firstIndex(where: { $0.short == letter }) else {
                // What follows the letter may be its value, and thus a secret.
                let before = word.unicodeScalars.dropLast(rest.count + 1)
                let hint: Hint = "it was met in \(String(before))\(letter)\(rest.isEmpty ? "" : "…")"
                let official = OfficialCommands.advice(forFlag: String(letter))
                throw UsageError("unknown flag -\(letter)", hint: before.count == 1 ? official : hint)
            }
            guard flags[place].value != nil else {
                try set(place, FlagSpec.on, as: "-\(letter)", apply)
                continue
            }
            let attached = rest.first == "=" ? rest.dropFirst() : rest
            let value = rest.isEmpty ? try takeValue(for: "-\(letter)", words, &index) : String(Substring(attached))
            try set(place, value, as: "-\(letter)", apply)
            return nil
        }
        return nil
    }

    /// Takes the next word as the value; throws if that is a flag of this command, because then the value is missing.
    private func takeValue(for flag: String, _ words: [String], _ index: inout Int) throws(UsageError) -> String {
        guard index < words.count else { throw UsageError("\(flag) needs a value") }
        let word = words[index]
        let isFlag = word == "--" || BuiltInFlags.named(word) != nil || find(Self.name(of: word)) != nil
        if word.begins(with: "--"), isFlag {
            // A value attached to the flag may be a secret.
            let shown = word == "--" ? word : "--\(Self.name(of: word))" + (word.utf8.contains(0x3D) ? "=…" : "")
            let literal = flag.begins(with: "--") ? "\(flag)=\(shown)" : "\(flag)\(shown)"
            throw UsageError("\(flag) needs a value", hint: "if \(shown) is meant as the value, write \(literal)")
        }
        index += 1
        return word
    }

    /// Returns the name in `--name` or `--name=value`.
    private static func name(of word: String) -> String { String(word.dropping(bytes: 2).upTo { $0 == "=" }) }

    private static func builtIn(_ word: String) -> Outcome? {
        switch BuiltInFlags.named(word)?.name {
        case BuiltInFlags.help.name: .help(isFull: word.begins(with: "--"))
        case BuiltInFlags.version.name: .version
        default: nil
        }
    }

    /// Returns the place of the flag of that name; `isOn` is false for a switch with `no-` before its name.
    private func find(_ name: String) -> (place: Int, isOn: Bool)? {
        if let place = flags.firstIndex(where: { $0.isNamed(name) }) { return (place, true) }
        guard name.begins(with: "no-") else { return nil }
        let switchName = name.dropping(bytes: 3)
        return flags.firstIndex { $0.value == nil && $0.isNamed(switchName) }.map { ($0, false) }
    }

    private func set(_ place: Int, _ value: String, as written: String, _ apply: Apply) throws(UsageError) {
        do throws(InvalidValue) {
            try apply(place, value)
        } catch {
            throw UsageError("\(written): \(error.reason)", hint: error.hint)
        }
    }
}
