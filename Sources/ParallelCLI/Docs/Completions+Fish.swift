extension Completions {
    /// The script for fish 3.0 and later.
    var fish: String {
        let name = "_" + function()
        let lines = nodes.flatMap(fishLines)
        return """
            # fish completion for \(program). \(Self.header(of: program))

            # Whether flag $argv[2] of the command $argv[1] takes the next word as its value.
            function \(name)_takes_value
                switch "$argv[1] $argv[2]"
            \(nodes.compactMap(fishValueCase).joined(separator: "\n"))
                end
                return 1
            end

            # Reads the line $argv[1]: the command typed so far, the arguments after it, and the number of the next one.
            function \(name)_read
                set -g \(name)_line $argv[1]
                set -g \(name)_path
                set -g \(name)_operands
                set -l skips no
                set -l ended no
                set -l tokens (commandline -opc)
                for token in $tokens[2..-1]
                    if test $skips = yes
                        set skips no
                    else if test $ended = no; and string match -q -- '-?*' $token
                        if test $token = --
                            set ended yes
                        else if \(name)_takes_value "$\(name)_path" $token
                            set skips yes
                        end
                    else
                        switch "$\(name)_path"
                            case \(nodes.filter { !$0.words.isEmpty }.map { Self.fishQuoted($0.name) }.joined(separator: " "))
                                set -g \(name)_path $\(name)_path $token
                            case '*'
                                set -g \(name)_operands $\(name)_operands $token
                        end
                    end
                end
                set -g \(name)_next (math (count $\(name)_operands) + 1)
            end

            # Whether the command typed so far is $argv[1], its next argument has the number $argv[2] and the arguments
            # before that are $argv[3]; what is not given is not checked. Some hundred lines ask this about one line.
            function \(name)_at
                set -l line (commandline -cp)
                test "$line" = "$\(name)_line"; or \(name)_read "$line"
                test "$\(name)_path" = "$argv[1]"; or return 1
                if test -n "$argv[2]"
                    test $\(name)_next = $argv[2]; or return 1
                end
                if set -q argv[3]
                    test "$\(name)_operands" = "$argv[3]"; or return 1
                end
            end

            # What only the program knows: the kind $argv[1], with what is said about each value.
            function \(name)_values
                set -l tokens (commandline -opc)
                set -l called (string replace -r '^~/' "$HOME/" -- $tokens[1])
                set -l word (string replace -r '^--[^=]*=' '' -- (commandline -ct))
                test $argv[1] = settings; and set word $tokens[-1]
                # Only values that need no quoting, because anybody may have written the files.
                $called completion values "$argv[1]=$word" 2>/dev/null | string match -r '^@?[A-Za-z0-9._-]+\\t.*$'
            end

            function \(name)_at_files
                set -l token (string replace -r '^--[^=]*=' '' -- (commandline -ct))
                string match -q '@*' -- $token; or return
                for file in (__fish_complete_path (string sub -s 2 -- $token))
                    echo "@$file"
                end
            end

            complete -c \(program) -f
            \(lines.joined(separator: "\n"))

            """
    }

    /// Returns a node's branch in the table of flags that take a value.
    private func fishValueCase(_ node: Node) -> String? {
        let spellings = node.flags.filter { $0.value != nil }.flatMap(\.spellings)
        if spellings.isEmpty { return nil }
        let patterns = spellings.map { Self.fishQuoted("\(node.name) \($0)") }
        return "        case \(patterns.joined(separator: " "))\n            return 0"
    }

    private func fishLines(_ node: Node) -> [String] {
        let words = node.words.map { fishLine(node.name, index: 1, "-a \($0.word)", $0.summary) }
        let flags = node.flags.map { flag in
            let short = flag.short.map { "-s \($0) " } ?? ""
            let value = flag.value.map { " \(fishValue($0.completion))" } ?? ""
            return fishLine(node.name, "\(short)-l \(flag.name)\(value)", flag.summary)
        }
        let positionals = node.positionals.enumerated().flatMap { index, positional in
            fishLines(node.name, index: positional.isRepeatable ? nil : index + 1, positional.completion)
        }
        return words + flags + positionals
    }

    /// Returns the lines that complete an argument; `index` is nil if it may be at any position.
    private func fishLines(_ command: String, index: Int?, _ completion: Completion) -> [String] {
        switch completion {
        case .none: []
        case .file: [fishLine(command, index: index, "-F")]
        case .commands:
            nodes.flatMap { node in
                (node.words + (node.path.isEmpty ? topics : [])).map { word in
                    fishLine(command, operands: node.name, "-a \(word.word)", word.summary)
                }
            }
        // The newest ids come first.
        case .ids(_, let orFile):
            [fishLine(command, index: index, "\(orFile ? "-F -k" : "-k") -a \(fishCandidates(completion))")]
        case .words, .atFile, .mcpServers, .profiles, .settingValues:
            [fishLine(command, index: index, "-a \(fishCandidates(completion))")]
        }
    }

    private func fishLine(
        _ command: String, index: Int? = nil, operands: String? = nil, _ offer: String, _ summary: String = ""
    ) -> String {
        var words = [Self.fishQuoted(command)]
        if index != nil || operands != nil { words.append(index.map(String.init) ?? "''") }
        if let operands { words.append(Self.fishQuoted(operands)) }
        let condition = Self.fishQuoted("_\(function())_at \(words.joined(separator: " "))")
        let description = summary.isEmpty ? "" : " -d \(Self.fishQuoted(summary))"
        return "complete -c \(program) -n \(condition) \(offer)\(description)"
    }

    private func fishValue(_ completion: Completion) -> String {
        switch completion {
        case .none: "-x"
        case .file: "-r -F"
        case .ids(_, let orFile): "\(orFile ? "-r -F" : "-x") -k -a \(fishCandidates(completion))"
        case .words, .atFile, .mcpServers, .profiles, .settingValues, .commands:
            "-x -a \(fishCandidates(completion))"
        }
    }

    private func fishCandidates(_ completion: Completion) -> String {
        switch completion {
        case .words(let words): Self.fishQuoted(words.joined(separator: " "))
        case .mcpServers, .profiles, .settingValues, .ids:
            "'(_\(function())_values \(completion.dynamicKind ?? ""))'"
        case .atFile: "'(_\(function())_at_files)'"
        case .none, .file, .commands: "''"
        }
    }

    /// Returns `text` in single quotes, in which fish understands only `\'` and `\\`.
    private static func fishQuoted(_ text: String) -> String {
        "'" + text.unicodeScalars.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
    }
}
