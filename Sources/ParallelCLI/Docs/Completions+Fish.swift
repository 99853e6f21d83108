extension Completions {
    /// The script for fish 3.0 and later.
    var fish: String {
        let name = "_" + function()
        let lines = nodes.flatMap(fishLines)
        return """
            # fish completion for \(program). \(header)

            # Whether flag $argv[2] of the command $argv[1] takes the next word as its value.
            function \(name)_takes_value
                switch "$argv[1] $argv[2]"
            \(nodes.compactMap(fishValueCase).joined(separator: "\n"))
                end
                return 1
            end

            # Whether the command typed so far is $argv[1], its next argument has the number $argv[2] and the arguments
            # before that are $argv[3]; what is not given is not checked.
            function \(name)_at
                set -l path
                set -l operands
                set -l skips no
                set -l ended no
                set -l tokens (commandline -opc)
                for token in $tokens[2..-1]
                    if test $skips = yes
                        set skips no
                    else if test $ended = no; and string match -q -- '-?*' $token
                        if test $token = --
                            set ended yes
                        else if \(name)_takes_value "$path" $token
                            set skips yes
                        end
                    else
                        switch "$path"
                            case \(nodes.filter { !$0.words.isEmpty }.map { Self.fishQuoted($0.name) }.joined(separator: " "))
                                set path $path $token
                            case '*'
                                set operands $operands $token
                        end
                    end
                end
                test "$path" = "$argv[1]"; or return 1
                if set -q argv[2]; and test -n "$argv[2]"
                    test (math (count $operands) + 1) = $argv[2]; or return 1
                end
                if set -q argv[3]
                    test "$operands" = "$argv[3]"; or return 1
                end
            end

            function \(name)_servers
                set -l tokens (commandline -opc)
                set -l called (string replace -r '^~/' "$HOME/" -- $tokens[1])
                # Only names that need no quoting, because anybody may have written the file.
                $called mcp list --format text 2>/dev/null | string replace -rf '^([A-Za-z0-9._-]+)(\\t.*)?$' '$1'
            end

            function \(name)_ids
                set -l tokens (commandline -opc)
                set -l called (string replace -r '^~/' "$HOME/" -- $tokens[1])
                $called task list --kind $argv[1] --limit 20 --format tsv -q 2>/dev/null | string replace -rf '^[0-9]*\\t([A-Za-z0-9-]+_[A-Za-z0-9_-]+)\\t(?:[^\\t]*\\t){4}(.*)$' '$1\\t$2'
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
        case .ids(_, orFile: true): [fishLine(command, index: index, "-F -a \(fishCandidates(completion))")]
        case .words, .atFile, .mcpServers, .ids:
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
        case .ids(_, orFile: true): "-r -F -a \(fishCandidates(completion))"
        case .words, .atFile, .mcpServers, .commands, .ids: "-x -a \(fishCandidates(completion))"
        }
    }

    private func fishCandidates(_ completion: Completion) -> String {
        switch completion {
        case .words(let words): Self.fishQuoted(words.joined(separator: " "))
        case .mcpServers: "'(_\(function())_servers)'"
        case .ids(let kind, _): "'(_\(function())_ids \(kind))'"
        case .atFile: "'(_\(function())_at_files)'"
        case .none, .file, .commands: "''"
        }
    }

    /// Returns `text` in single quotes, in which fish understands only `\'` and `\\`.
    private static func fishQuoted(_ text: String) -> String {
        "'" + text.unicodeScalars.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "'"
    }
}
