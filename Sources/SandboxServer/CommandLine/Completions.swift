/// Scripts that teach a shell the sandbox's commands and options, which they take from its help.
enum Completions {
    /// Shells that there is a script for.
    static let shells = ["bash", "zsh", "fish"]

    private struct Option {
        /// `-v` and `--verbose`.
        var spellings: [String]
        /// The name of its value, such as `FILE`; nil for a switch.
        var value: String?
        var summary: String
        var takesFile: Bool { value == "FILE" }
    }

    private static var options: [Option] {
        HelpOutline(HelpText.usage).blocks.compactMap { block -> Option? in
            guard case .entry(let term, let text) = block, term.hasPrefix("-") else { return nil }
            let words = term.split(separator: " ").map { String($0.replacing(",", with: "")) }
            return Option(
                spellings: words.filter { $0.hasPrefix("-") }, value: words.first { !$0.hasPrefix("-") },
                summary: String(text.prefix { !"(;:".contains($0) }).trimmingSuffix(" "))
        }
    }

    /// Returns the script for one of `shells`.
    static func script(for shell: String, as program: String) -> String {
        switch shell {
        case "bash": bash(program)
        case "zsh": zsh(program)
        default: fish(program)
        }
    }

    /// The name of the shell's function that completes a program.
    private static func name(_ program: String) -> String {
        "_" + program.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    }

    private static func bash(_ program: String) -> String {
        let function = name(program)
        let files = options.filter(\.takesFile).flatMap(\.spellings).joined(separator: "|")
        let values = options.filter { $0.value != nil && !$0.takesFile }.flatMap(\.spellings).joined(separator: "|")
        return """
            \(function)() {
                local word=${COMP_WORDS[COMP_CWORD]} index
                for ((index = 1; index < COMP_CWORD; index++)); do
                    if [ "${COMP_WORDS[index]}" = -- ]; then
                        if declare -F _command_offset >/dev/null; then
                            _command_offset $((index + 1))
                        else
                            COMPREPLY=($(compgen -c -- "$word"))
                        fi
                        return
                    fi
                done
                case ${COMP_WORDS[COMP_CWORD - 1]} in
                \(files)) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")) ;;
                \(values)) ;;
                help) COMPREPLY=($(compgen -W "scenarios" -- "$word")) ;;
                *)
                    if [ "$COMP_CWORD" = 1 ]; then
                        COMPREPLY=($(compgen -W "serve run help completion --help --version" -- "$word"))
                    else
                        COMPREPLY=($(compgen -W "\(options.flatMap(\.spellings).joined(separator: " "))" -- "$word"))
                    fi
                    ;;
                esac
            }
            complete -F \(function) \(program)

            """
    }

    private static func zsh(_ program: String) -> String {
        let specifications = options.flatMap { option in
            option.spellings.map { spelling in
                let text = option.summary.replacing("[", with: "(").replacing("]", with: ")").replacing(
                    "'", with: "'\\''")
                let value = option.value.map { ":\($0):\(option.takesFile ? "_files" : "")" } ?? ""
                return "        '\(spelling)[\(text)]\(value)' \\"
            }
        }
        let function = name(program)
        return """
            #compdef \(program)
            \(function)() {
                _arguments \\
            \(specifications.joined(separator: "\n"))
                    '1:command:(serve run help completion)' \\
                    '*::command:_normal'
            }
            if [[ ${funcstack[@]:0:1} == \(function) ]]; then
                \(function) "$@"
            else
                compdef \(function) \(program)
            fi

            """
    }

    private static func fish(_ program: String) -> String {
        let condition = "__fish_seen_subcommand_from serve run"
        let lines = options.map { option in
            let names = option.spellings.map { $0.hasPrefix("--") ? "-l \($0.dropFirst(2))" : "-s \($0.dropFirst())" }
            let value = option.value == nil ? "" : option.takesFile ? " -r -F" : " -x"
            let text = option.summary.replacing("'", with: "\\'")
            return "complete -c \(program) -n '\(condition)' \(names.joined(separator: " "))\(value) -d '\(text)'"
        }
        return """
            complete -c \(program) -f -n 'not \(condition)' -a 'serve run help completion'
            complete -c \(program) -f -n '__fish_seen_subcommand_from help' -a scenarios
            complete -c \(program) -n '__fish_seen_subcommand_from run' -a '(__fish_complete_subcommand)'
            \(lines.joined(separator: "\n"))

            """
    }
}

extension String {
    /// Returns the text without this character at its end.
    fileprivate func trimmingSuffix(_ character: Character) -> String {
        var text = self
        while text.last == character { text.removeLast() }
        return text
    }
}
