/// Reads the words after a command's name: flags in any place, values, switches, and what remains.
///
/// Understands `--flag value`, `--flag=value`, `-pVALUE`, `-p VALUE`, grouped switches (`-qv`), `--no-switch`, `--` (the
/// rest is no flag) and `-` (standard input, no flag).
struct FlagParser<Options> {
    enum Outcome {
        case parsed(positionals: [String])
        /// `-h` (short) or `--help` (full) was met; nothing else matters then.
        case help(isFull: Bool)
    }

    let flags: [Flag<Options>]

    func parse(_ words: [String], into options: inout Options) throws(UsageError) -> Outcome {
        var positionals: [String] = []
        var index = 0
        while index < words.count {
            let word = words[index]
            index += 1
            if word == "--" {
                positionals += words[index...]
                break
            } else if word == "--help" || word == "-h" {
                return .help(isFull: word == "--help")
            } else if word.hasPrefix("--") {
                try parseLong(word, words, &index, &options)
            } else if word.hasPrefix("-"), word != "-" {
                if let help = try parseShort(word, words, &index, &options) { return help }
            } else {
                positionals.append(word)
            }
        }
        return .parsed(positionals: positionals)
    }

    private func parseLong(
        _ word: String, _ words: [String], _ index: inout Int, _ options: inout Options
    ) throws(UsageError) {
        let body = word.dropFirst(2)
        let name = String(body.prefix { $0 != "=" })
        let attached = body.firstIndex(of: "=").map { String(body[body.index(after: $0)...]) }
        if let flag = flags.first(where: { $0.spec.name == name }) {
            guard flag.spec.value != nil else {
                guard attached == nil else { throw UsageError("--\(name) takes no value") }
                return try apply(flag, FlagSpec.on, as: "--\(name)", &options)
            }
            let value = if let attached { attached } else { try takeValue(for: "--\(name)", words, &index) }
            return try apply(flag, value, as: "--\(name)", &options)
        }
        if name.hasPrefix("no-"), attached == nil,
            let flag = flags.first(where: { $0.spec.name == name.dropFirst(3) && $0.spec.value == nil })
        {
            return try apply(flag, "off", as: "--\(name)", &options)
        }
        let near = Suggestions.nearest(to: name, among: flags.map(\.spec.name) + ["help", "version"])
        throw UsageError("unknown flag --\(name)", hint: near.map { "did you mean --\($0)?" })
    }

    private func parseShort(
        _ word: String, _ words: [String], _ index: inout Int, _ options: inout Options
    ) throws(UsageError) -> Outcome? {
        var rest = word.dropFirst()
        while let letter = rest.popFirst() {
            if letter == "h" { return .help(isFull: false) }
            guard let flag = flags.first(where: { $0.spec.short == letter }) else {
                throw UsageError("unknown flag -\(letter)", hint: rest.isEmpty ? nil : "it was met in \(word)")
            }
            guard flag.spec.value != nil else {
                try apply(flag, FlagSpec.on, as: "-\(letter)", &options)
                continue
            }
            let attached = rest.first == "=" ? rest.dropFirst() : rest
            let value = rest.isEmpty ? try takeValue(for: "-\(letter)", words, &index) : String(attached)
            try apply(flag, value, as: "-\(letter)", &options)
            return nil
        }
        return nil
    }

    /// Takes the next word as a value, unless it is a flag of this command: then the value was forgotten.
    private func takeValue(for flag: String, _ words: [String], _ index: inout Int) throws(UsageError) -> String {
        guard index < words.count else { throw UsageError("\(flag) needs a value") }
        let word = words[index]
        let name = word.dropFirst(2).prefix { $0 != "=" }
        if word.hasPrefix("--"), word == "--" || name == "help" || flags.contains(where: { $0.spec.name == name }) {
            let literal = flag.hasPrefix("--") ? "\(flag)=\(word)" : "\(flag)\(word)"
            throw UsageError("\(flag) needs a value", hint: "if \(word) is meant as the value, write \(literal)")
        }
        index += 1
        return word
    }

    private func apply(
        _ flag: Flag<Options>, _ value: String, as written: String, _ options: inout Options
    ) throws(UsageError) {
        do throws(InvalidValue) {
            try flag.apply(&options, value)
        } catch {
            throw UsageError("\(written): \(error.reason)")
        }
    }
}
