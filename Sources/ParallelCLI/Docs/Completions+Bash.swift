import ParallelSystem

extension Completions {
    /// The script for bash 3.2 (macOS) and later, with and without the package bash-completion.
    ///
    /// `compgen -W` expands its words like code, so foreign text, the servers' names, never goes there.
    var bash: String {
        let name = function()
        return """
            # bash completion for \(program). \(Self.header(of: program))

            # Sets what may follow the command $1 (commands, flags) and the kind of value of its flag or argument $2 (value).
            \(name)_table() {
                commands='' flags='' value=''
                case $1 in
            \(nodes.map(bashCase).joined(separator: "\n"))
                esac
            }

            # Splits the text $1 into words, because COMP_WORDS is split at = and @ too; quote stays set inside quotes.
            \(name)_split() {
                local character word='' started='' index
                words=() quote=''
                for ((index = 0; index < ${#1}; index++)); do
                    character=${1:index:1}
                    if [[ -n $quote && $character == "$quote" ]]; then
                        quote=''
                    elif [[ $character == \\\\ && $quote != \\' ]]; then
                        index=$((index + 1))
                        word+=${1:index:1}
                    elif [[ -n $quote ]]; then
                        word+=$character
                    elif [[ $character == [\\'\\"] ]]; then
                        quote=$character started=1
                    elif [[ $character == [[:space:]] ]]; then
                        [[ -n $started$word ]] && words+=("$word")
                        word='' started=''
                    else
                        word+=$character
                    fi
                done
                words+=("$word")
            }

            # Adds the words that compgen prints, one per line.
            \(name)_add() {
                local line
                while IFS= read -r line; do
                    line=$prefix$line
                    COMPREPLY+=("${line#"$cut"}")
                done < <(compgen "$@" -- "$current")
            }

            # Adds what only the program knows; only ASCII letters count, whatever the locale.
            \(name)_add_values() {
                local line LC_ALL=C
                while IFS=$'\\t' read -r line _; do
                    if [[ $line == "$current"* && ${line#@} != *[!A-Za-z0-9._-]* ]]; then
                        line=$prefix$line
                        COMPREPLY+=("${line#"$cut"}")
                    fi
                done < <("${words[0]/#\\~\\//${HOME-}/}" completion values "$1=$2" 2>/dev/null)
            }

            \(name)() {
                local commands flags value path='' operands='' flag='' ended='' prefix='' cut='' quote='' count=0
                local -a words
                # compgen splits its words by IFS, which the user's shell may have changed.
                local IFS=$' \\t\\n'
                local current index word
                \(name)_split "${COMP_LINE:0:COMP_POINT}"
                current=${words[${#words[@]} - 1]}
                # readline replaces only $2, which begins after a =, for example.
                if [[ $current == *"${2-}" ]]; then cut=${current%"${2-}"}; fi
                COMPREPLY=()
                for word in "${words[@]:1:${#words[@]}-2}"; do
                    \(name)_table "$path" "$word"
                    if [[ -n $flag ]]; then
                        flag=''
                    elif [[ -z $ended && $word == -- ]]; then
                        ended=1
                    elif [[ -z $ended && $word == -?* ]]; then
                        [[ -n $value ]] && flag=$word
                    elif [[ " $commands " == *" $word "* ]]; then
                        path=${path:+$path }$word
                    else
                        count=$((count + 1))
                        operands=${operands:+$operands }$word
                    fi
                done

                \(name)_table "$path"
                if [[ -n $flag ]]; then
                    :
                elif [[ -z $ended && $current == --*=* ]]; then
                    flag=${current%%=*} prefix=${current%%=*}= current=${current#*=}
                elif [[ -z $ended && $current == -* ]]; then
                    \(name)_add -W "$flags"
                    return
                elif [[ -n $commands ]]; then
                    # Behind a word that is no command nothing is known.
                    [[ -n $operands ]] || \(name)_add -W "$commands"
                    return 0
                fi

                \(name)_table "$path" "${flag:-$((count + 1))}"
                case $value in
                    'words '*) \(name)_add -W "${value#words }" ;;
                    'commands '*)
                        [[ -z $operands ]] && \(name)_add -W "${value#commands }"
                        \(name)_table "$operands"
                        \(name)_add -W "$commands"
                        ;;
                    'values '*)
                        # bash would take a word with an @ for the beginning of a host's name.
                        compopt +o bashdefault 2>/dev/null || :
                        if [[ $value == *' settings' ]]; then
                            \(name)_add_values settings "${operands##* }"
                        else
                            \(name)_add_values "${value##* }" "$current"
                        fi
                        if [[ $value == 'values file '* ]]; then
                            compopt -o filenames -o default 2>/dev/null || :
                            \(name)_add -f
                        fi
                        ;;
                    file)
                        # default: readline completes file names that begin with a quote.
                        compopt -o filenames -o default 2>/dev/null || :
                        \(name)_add -f
                        ;;
                    @file)
                        [[ $current == @* ]] || return 0
                        prefix+=@ current=${current#@}
                        \(name)_add -f
                        # After an @ readline sees no file names, so the / and the quoting are added here.
                        for ((index = 0; index < ${#COMPREPLY[@]}; index++)); do
                            word=${COMPREPLY[index]}
                            if [[ -d ${word#*@} ]]; then
                                compopt -o nospace 2>/dev/null || :
                                word+=/
                            fi
                            [[ -n $quote ]] || word=$(printf %q "$word")
                            COMPREPLY[index]=$word
                        done
                        ;;
                esac
            }

            complete -o bashdefault -F \(name) \(program)

            """
    }

    private func bashCase(_ node: Node) -> String {
        var lines = ["        \(ShellQuoting.quoted(node.name)))"]
        func set(_ variable: String, _ words: [String]) {
            if !words.isEmpty {
                lines.append("            \(variable)=\(ShellQuoting.quoted(words.joined(separator: " ")))")
            }
        }
        set("commands", node.words.map(\.word))
        set("flags", node.flags.flatMap(\.spellings))
        // Groups the patterns by value, so that each value has one branch.
        var values: [(value: String, patterns: [String])] = []
        func add(_ completion: Completion, _ patterns: [String]) {
            let value = bashValue(completion)
            if let index = values.firstIndex(where: { $0.value == value }) {
                values[index].patterns += patterns
            } else {
                values.append((value, patterns))
            }
        }
        for flag in node.flags {
            if let value = flag.value { add(value.completion, flag.spellings) }
        }
        for (index, positional) in node.positionals.enumerated() where positional.completion != .none {
            add(positional.completion, [positional.isRepeatable ? "[0-9]*" : String(index + 1)])
        }
        if !values.isEmpty {
            lines.append("            case ${2-} in")
            for (value, patterns) in values {
                lines.append(
                    "                \(patterns.joined(separator: " | "))) value=\(ShellQuoting.quoted(value)) ;;")
            }
            lines.append("            esac")
        }
        return (lines + ["            ;;"]).joined(separator: "\n")
    }

    private func bashValue(_ completion: Completion) -> String {
        switch completion {
        case .none: "none"
        case .words(let words): "words " + words.joined(separator: " ")
        case .file: "file"
        case .atFile: "@file"
        case .ids(let kind, orFile: true): "values file \(kind)"
        case .mcpServers, .profiles, .settingValues, .ids: "values \(completion.dynamicKind ?? "")"
        case .commands: "commands " + topics.map(\.word).joined(separator: " ")
        }
    }
}
