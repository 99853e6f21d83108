import ParallelSystem

extension Completions {
    /// The script for zsh's completion system: a file `_NAME` in `fpath`, or read with `source` after compinit.
    var zsh: String {
        let name = function()
        return """
            #compdef \(program)
            # zsh completion for \(program). \(Self.header(of: program))

            \(nodes.map(zshFunction).joined(separator: "\n\n"))

            # What only the program knows: the kind $1, with what is said about each value.
            \(name)_VALUES() {
                local -a lines found
                local line
                lines=(${(f)"$(_call_program values $program completion values ${(q)1}=${(q)2-${(Q)PREFIX}} 2>/dev/null)"})
                for line in $lines; do
                    # Only values that need no quoting, because anybody may have written the files.
                    [[ ${${line%%$'\\t'*}#@} == *[^A-Za-z0-9._-]* ]] || found+=("${line/$'\\t'/:}")
                done
                found=(${found%:})
                _describe -V -t values value found
            }

            \(name)_VALUES_OR_FILE() {
                \(name)_VALUES $1
                _files
            }

            \(name)_AT_FILE() {
                compset -P @ && _files
            }

            \(name)_SUBJECTS() {
                local -a subjects
                case ${(j: :)words[1,CURRENT-1]} in
            \(nodes.filter { !$0.words.isEmpty }.map(zshSubjects).joined(separator: "\n"))
                esac
                _describe -t commands command subjects
            }

            if [[ ${funcstack[@]:0:1} == \(name) ]]; then
                \(name) "$@"
            else
                compdef \(name) \(program)
            fi

            """
    }

    private func zshFunction(_ node: Node) -> String {
        let flags = node.flags.map(zshFlag)
        guard !node.words.isEmpty else {
            let arguments = flags + node.positionals.map(zshPositional)
            return """
                \(function(node.path))() {
                    _arguments -s -S \\
                        \(arguments.joined(separator: " \\\n        "))
                }
                """
        }
        let branches = node.words.map { "                \($0.word)) \(function(node.path + [$0.word])) && ret=0 ;;" }
        let program = node.path.isEmpty ? "local program=$words[1]\n    " : ""
        return """
            \(function(node.path))() {
                \(program)local curcontext=$curcontext state state_descr line ret=1
                local -A opt_args
                local -a commands
                # After the command, its own function knows the flags.
                _arguments -s -S -C -A '-*' \\
                    \(flags.joined(separator: " \\\n        ")) \\
                    '1: :->command' '*:: :->rest' && ret=0
                case $state in
                    command)
                        commands=(\(node.words.map(Self.zshDescribed).joined(separator: " ")))
                        _describe -t commands command commands && ret=0
                        ;;
                    rest)
                        case $line[1] in
            \(branches.joined(separator: "\n"))
                        esac
                        ;;
                esac
                return ret
            }
            """
    }

    private func zshSubjects(_ node: Node) -> String {
        let subjects = node.words + (node.path.isEmpty ? topics : [])
        return """
                    \(ShellQuoting.quoted(node.name))) subjects=(\(subjects.map(Self.zshDescribed).joined(separator: " "))) ;;
            """
    }

    private func zshFlag(_ flag: FlagSpec) -> String {
        var long = "--\(flag.name)"
        var short = flag.short.map { "-\($0)" }
        var value = ""
        if let spec = flag.value {
            long += "="
            short? += "+"
            value = ":\(Self.zshMessage(spec.placeholder)):\(zshAction(spec.completion))"
        }
        let excluded =
            BuiltInFlags.all.contains { $0.name == flag.name } ? "- *" : flag.spellings.joined(separator: " ")
        let front = flag.isRepeatable ? "'*'" : "'(\(excluded))'"
        let text = ShellQuoting.quoted("[\(Self.zshEscaped(flag.summary, "\\[]:"))]\(value)")
        return front + (short.map { "{\($0),\(long)}" } ?? long) + text
    }

    private func zshPositional(_ positional: Positional) -> String {
        let message = Self.zshMessage(positional.name)
        let action = zshAction(positional.completion)
        return switch positional.arity {
        case .required: ShellQuoting.quoted(":\(message):\(action)")
        case .optional: ShellQuoting.quoted("::\(message):\(action)")
        // With two colons the action sees only the arguments, which completing a path after `help` needs.
        case .oneOrMore, .zeroOrMore:
            ShellQuoting.quoted("*\(positional.completion == .commands ? "::" : ":")\(message):\(action)")
        }
    }

    private func zshAction(_ completion: Completion) -> String {
        switch completion {
        case .none: " "
        case .words(let words): "(\(words.joined(separator: " ")))"
        case .file: "_files"
        case .atFile: "\(function())_AT_FILE"
        case .settingValues: "{\(function())_VALUES settings $words[CURRENT-1]}"
        case .ids(let kind, orFile: true): "{\(function())_VALUES_OR_FILE \(kind)}"
        case .mcpServers, .profiles, .ids: "{\(function())_VALUES \(completion.dynamicKind ?? "")}"
        case .commands: "\(function())_SUBJECTS"
        }
    }

    private static func zshDescribed(_ word: CommandTree.Word) -> String {
        ShellQuoting.quoted("\(word.word):\(zshEscaped(word.summary, "\\:"))")
    }

    private static func zshMessage(_ text: String) -> String { zshEscaped(text, "\\:") }

    private static func zshEscaped(_ text: String, _ special: String) -> String {
        text.unicodeScalars.map { special.unicodeScalars.contains($0) ? "\\\($0)" : String($0) }.joined()
    }
}
