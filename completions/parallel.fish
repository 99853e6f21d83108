# fish completion for parallel. Made by 'parallel completion'; changes to this file are lost.

# Whether flag $argv[2] of the command $argv[1] takes the next word as its value.
function __parallel_takes_value
    switch "$argv[1] $argv[2]"
        case ' --api-key-file' ' --format' ' --output' ' -o' ' --color'
            return 0
        case 'task --api-key-file' 'task --format' 'task --output' 'task -o' 'task --color'
            return 0
        case 'mcp --api-key-file' 'mcp --format' 'mcp --output' 'mcp -o' 'mcp --color'
            return 0
        case 'task run --processor' 'task run -p' 'task run --input-json' 'task run --input-schema' 'task run --output-schema' 'task run --field' 'task run --output-text' 'task run --mcp' 'task run --mcp-config' 'task run --include-domain' 'task run --exclude-domain' 'task run --after-date' 'task run --location' 'task run --metadata' 'task run --webhook' 'task run --previous-interaction-id' 'task run --memory-scope-key' 'task run --beta' 'task run --timeout' 'task run --api-key-file' 'task run --format' 'task run --output' 'task run -o' 'task run --color'
            return 0
        case 'task result --timeout' 'task result --api-key-file' 'task result --format' 'task result --output' 'task result -o' 'task result --color'
            return 0
        case 'task status --api-key-file' 'task status --format' 'task status --output' 'task status -o' 'task status --color'
            return 0
        case 'task events --timeout' 'task events --api-key-file' 'task events --format' 'task events --output' 'task events -o' 'task events --color'
            return 0
        case 'task input --api-key-file' 'task input --format' 'task input --output' 'task input -o' 'task input --color'
            return 0
        case 'search --query' 'search -q' 'search --mode' 'search --max-results' 'search --max-age' 'search --fetch-timeout' 'search --max-chars' 'search --max-chars-per-result' 'search --session-id' 'search --client-model' 'search --include-domain' 'search --exclude-domain' 'search --after-date' 'search --location' 'search --api-key-file' 'search --format' 'search --output' 'search -o' 'search --color'
            return 0
        case 'mcp add --header' 'mcp add -H' 'mcp add --bearer-env' 'mcp add --allow-tool' 'mcp add --scope' 'mcp add --color'
            return 0
        case 'mcp list --format' 'mcp list --output' 'mcp list -o' 'mcp list --color'
            return 0
        case 'mcp get --format' 'mcp get --output' 'mcp get -o' 'mcp get --color'
            return 0
        case 'mcp remove --scope' 'mcp remove --color'
            return 0
        case 'mcp disable --scope' 'mcp disable --color'
            return 0
        case 'mcp enable --scope' 'mcp enable --color'
            return 0
        case 'help --color'
            return 0
        case 'completion --name' 'completion --color'
            return 0
    end
    return 1
end

# Whether the command typed so far is $argv[1], its next argument has the number $argv[2] and the arguments
# before that are $argv[3]; what is not given is not looked at.
function __parallel_at
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
            else if __parallel_takes_value "$path" $token
                set skips yes
            end
        else
            switch "$path"
                case '' 'task' 'mcp'
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

function __parallel_servers
    set -l tokens (commandline -opc)
    set -l called (string replace -r '^~/' "$HOME/" -- $tokens[1])
    # Only what needs no quoting, as a name can come from anybody's file.
    $called mcp list --format text 2>/dev/null | string replace -rf '^([A-Za-z0-9._-]+)(\s.*)?$' '$1'
end

function __parallel_at_files
    set -l token (string replace -r '^--[^=]*=' '' -- (commandline -ct))
    string match -q '@*' -- $token; or return
    for file in (__fish_complete_path (string sub -s 2 -- $token))
        echo "@$file"
    end
end

complete -c parallel -f
complete -c parallel -n '__parallel_at \'\' 1' -a task -d 'Research tasks'
complete -c parallel -n '__parallel_at \'\' 1' -a search -d 'Search the web'
complete -c parallel -n '__parallel_at \'\' 1' -a mcp -d 'MCP servers'
complete -c parallel -n '__parallel_at \'\' 1' -a help -d 'Explain a command or a topic'
complete -c parallel -n '__parallel_at \'\' 1' -a completion -d 'Print a completion script for bash, zsh or fish'
complete -c parallel -n '__parallel_at \'\'' -l api-key-file -r -F -d 'Read the API key from FILE instead of PARALLEL_API_KEY'
complete -c parallel -n '__parallel_at \'\'' -l json -d 'Print the API\'s JSON with nothing lost'
complete -c parallel -n '__parallel_at \'\'' -l format -x -a 'table json jsonl csv markdown text' -d 'Print as table, json, jsonl, csv, markdown or text'
complete -c parallel -n '__parallel_at \'\'' -s o -l output -r -F -d 'Write the result to FILE instead of standard output'
complete -c parallel -n '__parallel_at \'\'' -l force -d 'Let --output replace a file that exists'
complete -c parallel -n '__parallel_at \'\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'task\' 1' -a run -d 'Create a run, follow it, print its result'
complete -c parallel -n '__parallel_at \'task\' 1' -a result -d 'Wait for runs and print their results'
complete -c parallel -n '__parallel_at \'task\' 1' -a status -d 'Show where runs stand, at once'
complete -c parallel -n '__parallel_at \'task\' 1' -a events -d 'Stream a run\'s progress: plan, searches, tool calls, sources'
complete -c parallel -n '__parallel_at \'task\' 1' -a input -d 'Show what a run was asked'
complete -c parallel -n '__parallel_at \'task\'' -l api-key-file -r -F -d 'Read the API key from FILE instead of PARALLEL_API_KEY'
complete -c parallel -n '__parallel_at \'task\'' -l json -d 'Print the API\'s JSON with nothing lost'
complete -c parallel -n '__parallel_at \'task\'' -l format -x -a 'table json jsonl csv markdown text' -d 'Print as table, json, jsonl, csv, markdown or text'
complete -c parallel -n '__parallel_at \'task\'' -s o -l output -r -F -d 'Write the result to FILE instead of standard output'
complete -c parallel -n '__parallel_at \'task\'' -l force -d 'Let --output replace a file that exists'
complete -c parallel -n '__parallel_at \'task\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'task\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'task\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'task\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'task\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'mcp\' 1' -a add -d 'Store an MCP server under a name'
complete -c parallel -n '__parallel_at \'mcp\' 1' -a list -d 'List the MCP servers that tasks can use'
complete -c parallel -n '__parallel_at \'mcp\' 1' -a get -d 'Show one MCP server and the variables it needs'
complete -c parallel -n '__parallel_at \'mcp\' 1' -a remove -d 'Forget an MCP server'
complete -c parallel -n '__parallel_at \'mcp\' 1' -a disable -d 'Keep an MCP server from being used'
complete -c parallel -n '__parallel_at \'mcp\' 1' -a enable -d 'Let an MCP server be used again'
complete -c parallel -n '__parallel_at \'mcp\'' -l api-key-file -r -F -d 'Read the API key from FILE instead of PARALLEL_API_KEY'
complete -c parallel -n '__parallel_at \'mcp\'' -l json -d 'Print the API\'s JSON with nothing lost'
complete -c parallel -n '__parallel_at \'mcp\'' -l format -x -a 'table json jsonl csv markdown text' -d 'Print as table, json, jsonl, csv, markdown or text'
complete -c parallel -n '__parallel_at \'mcp\'' -s o -l output -r -F -d 'Write the result to FILE instead of standard output'
complete -c parallel -n '__parallel_at \'mcp\'' -l force -d 'Let --output replace a file that exists'
complete -c parallel -n '__parallel_at \'mcp\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'mcp\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'mcp\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'mcp\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'mcp\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'task run\'' -s p -l processor -x -a 'lite base core core2x pro ultra ultra2x ultra4x ultra8x lite-fast base-fast core-fast core2x-fast pro-fast ultra-fast ultra2x-fast ultra4x-fast ultra8x-fast' -d 'Processor to run the task on (default base)'
complete -c parallel -n '__parallel_at \'task run\'' -l input-json -x -a '(__parallel_at_files)' -d 'Structured input: JSON, @FILE or - for standard input'
complete -c parallel -n '__parallel_at \'task run\'' -l input-schema -x -a '(__parallel_at_files)' -d 'JSON Schema of the input: JSON, @FILE or -'
complete -c parallel -n '__parallel_at \'task run\'' -l output-schema -x -a '(__parallel_at_files)' -d 'JSON Schema of the output: JSON, @FILE or -'
complete -c parallel -n '__parallel_at \'task run\'' -l field -x -d 'A field of the output (repeatable)'
complete -c parallel -n '__parallel_at \'task run\'' -l output-text -x -d 'Ask for text, described like this'
complete -c parallel -n '__parallel_at \'task run\'' -l output-auto -d 'Let the processor choose the output\'s shape'
complete -c parallel -n '__parallel_at \'task run\'' -l mcp -x -a '(__parallel_servers)' -d 'Let the run call this MCP server (repeatable)'
complete -c parallel -n '__parallel_at \'task run\'' -l mcp-config -r -F -d 'Let the run call every server of this mcpServers file'
complete -c parallel -n '__parallel_at \'task run\'' -l include-domain -x -d 'Use only sources from DOMAIN (repeatable)'
complete -c parallel -n '__parallel_at \'task run\'' -l exclude-domain -x -d 'Leave out sources from DOMAIN (repeatable)'
complete -c parallel -n '__parallel_at \'task run\'' -l after-date -x -d 'Use only sources published since this day'
complete -c parallel -n '__parallel_at \'task run\'' -l location -x -d 'Search as from this country, such as us or de'
complete -c parallel -n '__parallel_at \'task run\'' -l metadata -x -d 'Store KEY=VALUE with the run (repeatable)'
complete -c parallel -n '__parallel_at \'task run\'' -l webhook -x -d 'Have the API call URL when the run ends'
complete -c parallel -n '__parallel_at \'task run\'' -l previous-interaction-id -x -d 'Go on from an earlier run or interaction'
complete -c parallel -n '__parallel_at \'task run\'' -l memory-scope-key -x -d 'Use and update the memory kept under KEY'
complete -c parallel -n '__parallel_at \'task run\'' -l beta -x -d 'Add VALUE to the parallel-beta header (repeatable)'
complete -c parallel -n '__parallel_at \'task run\'' -l events -d 'Record progress events and show them while waiting'
complete -c parallel -n '__parallel_at \'task run\'' -l basis -d 'Show reasoning and citations with their excerpts'
complete -c parallel -n '__parallel_at \'task run\'' -l no-wait -d 'Print the run id on standard output and leave'
complete -c parallel -n '__parallel_at \'task run\'' -l dry-run -d 'Print the request as JSON, secrets masked; send nothing'
complete -c parallel -n '__parallel_at \'task run\'' -l curl -d 'Print the request as a curl command; send nothing'
complete -c parallel -n '__parallel_at \'task run\'' -l timeout -x -d 'Stop waiting after this long (default 1h, 0 = never)'
complete -c parallel -n '__parallel_at \'task run\'' -l api-key-file -r -F -d 'Read the API key from FILE instead of PARALLEL_API_KEY'
complete -c parallel -n '__parallel_at \'task run\'' -l json -d 'Print the API\'s JSON with nothing lost'
complete -c parallel -n '__parallel_at \'task run\'' -l format -x -a 'table json jsonl csv markdown text' -d 'Print as table, json, jsonl, csv, markdown or text'
complete -c parallel -n '__parallel_at \'task run\'' -s o -l output -r -F -d 'Write the result to FILE instead of standard output'
complete -c parallel -n '__parallel_at \'task run\'' -l force -d 'Let --output replace a file that exists'
complete -c parallel -n '__parallel_at \'task run\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'task run\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'task run\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'task run\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'task run\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'task run\' 1' -a '(__parallel_at_files)'
complete -c parallel -n '__parallel_at \'task result\'' -l basis -d 'Show reasoning and citations with their excerpts'
complete -c parallel -n '__parallel_at \'task result\'' -l tool-calls -d 'Show the MCP tool calls of the runs and nothing else'
complete -c parallel -n '__parallel_at \'task result\'' -l timeout -x -d 'Stop waiting after this long (default 1h, 0 = never)'
complete -c parallel -n '__parallel_at \'task result\'' -l api-key-file -r -F -d 'Read the API key from FILE instead of PARALLEL_API_KEY'
complete -c parallel -n '__parallel_at \'task result\'' -l json -d 'Print the API\'s JSON with nothing lost'
complete -c parallel -n '__parallel_at \'task result\'' -l format -x -a 'table json jsonl csv markdown text' -d 'Print as table, json, jsonl, csv, markdown or text'
complete -c parallel -n '__parallel_at \'task result\'' -s o -l output -r -F -d 'Write the result to FILE instead of standard output'
complete -c parallel -n '__parallel_at \'task result\'' -l force -d 'Let --output replace a file that exists'
complete -c parallel -n '__parallel_at \'task result\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'task result\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'task result\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'task result\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'task result\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'task status\'' -l api-key-file -r -F -d 'Read the API key from FILE instead of PARALLEL_API_KEY'
complete -c parallel -n '__parallel_at \'task status\'' -l json -d 'Print the API\'s JSON with nothing lost'
complete -c parallel -n '__parallel_at \'task status\'' -l format -x -a 'table json jsonl csv markdown text' -d 'Print as table, json, jsonl, csv, markdown or text'
complete -c parallel -n '__parallel_at \'task status\'' -s o -l output -r -F -d 'Write the result to FILE instead of standard output'
complete -c parallel -n '__parallel_at \'task status\'' -l force -d 'Let --output replace a file that exists'
complete -c parallel -n '__parallel_at \'task status\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'task status\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'task status\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'task status\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'task status\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'task events\'' -l timeout -x -d 'Stop waiting after this long (default 1h, 0 = never)'
complete -c parallel -n '__parallel_at \'task events\'' -l api-key-file -r -F -d 'Read the API key from FILE instead of PARALLEL_API_KEY'
complete -c parallel -n '__parallel_at \'task events\'' -l json -d 'Print the API\'s JSON with nothing lost'
complete -c parallel -n '__parallel_at \'task events\'' -l format -x -a 'table json jsonl csv markdown text' -d 'Print as table, json, jsonl, csv, markdown or text'
complete -c parallel -n '__parallel_at \'task events\'' -s o -l output -r -F -d 'Write the result to FILE instead of standard output'
complete -c parallel -n '__parallel_at \'task events\'' -l force -d 'Let --output replace a file that exists'
complete -c parallel -n '__parallel_at \'task events\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'task events\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'task events\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'task events\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'task events\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'task input\'' -l api-key-file -r -F -d 'Read the API key from FILE instead of PARALLEL_API_KEY'
complete -c parallel -n '__parallel_at \'task input\'' -l json -d 'Print the API\'s JSON with nothing lost'
complete -c parallel -n '__parallel_at \'task input\'' -l format -x -a 'table json jsonl csv markdown text' -d 'Print as table, json, jsonl, csv, markdown or text'
complete -c parallel -n '__parallel_at \'task input\'' -s o -l output -r -F -d 'Write the result to FILE instead of standard output'
complete -c parallel -n '__parallel_at \'task input\'' -l force -d 'Let --output replace a file that exists'
complete -c parallel -n '__parallel_at \'task input\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'task input\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'task input\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'task input\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'task input\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'search\'' -s q -l query -x -d 'A search query (repeatable, at most 5)'
complete -c parallel -n '__parallel_at \'search\'' -l mode -x -a 'turbo fast basic advanced' -d 'How to search: turbo, fast, basic or advanced'
complete -c parallel -n '__parallel_at \'search\'' -l max-results -x -d 'At most N results (default 10; more cost extra)'
complete -c parallel -n '__parallel_at \'search\'' -l max-age -x -d 'Fetch pages anew that are older than this (at least 10m)'
complete -c parallel -n '__parallel_at \'search\'' -l fetch-timeout -x -d 'How long a live fetch may take'
complete -c parallel -n '__parallel_at \'search\'' -l max-chars -x -d 'At most N characters over all excerpts'
complete -c parallel -n '__parallel_at \'search\'' -l max-chars-per-result -x -d 'At most N characters in each result\'s excerpts'
complete -c parallel -n '__parallel_at \'search\'' -l session-id -x -d 'Group this search with others of the same ID'
complete -c parallel -n '__parallel_at \'search\'' -l client-model -x -d 'The model that will read the results'
complete -c parallel -n '__parallel_at \'search\'' -l include-domain -x -d 'Use only sources from DOMAIN (repeatable)'
complete -c parallel -n '__parallel_at \'search\'' -l exclude-domain -x -d 'Leave out sources from DOMAIN (repeatable)'
complete -c parallel -n '__parallel_at \'search\'' -l after-date -x -d 'Use only sources published since this day'
complete -c parallel -n '__parallel_at \'search\'' -l location -x -d 'Search as from this country, such as us or de'
complete -c parallel -n '__parallel_at \'search\'' -l api-key-file -r -F -d 'Read the API key from FILE instead of PARALLEL_API_KEY'
complete -c parallel -n '__parallel_at \'search\'' -l json -d 'Print the API\'s JSON with nothing lost'
complete -c parallel -n '__parallel_at \'search\'' -l format -x -a 'table json jsonl csv markdown text' -d 'Print as table, json, jsonl, csv, markdown or text'
complete -c parallel -n '__parallel_at \'search\'' -s o -l output -r -F -d 'Write the result to FILE instead of standard output'
complete -c parallel -n '__parallel_at \'search\'' -l force -d 'Let --output replace a file that exists'
complete -c parallel -n '__parallel_at \'search\'' -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'search\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'search\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'search\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'search\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'mcp add\'' -s H -l header -x -d 'Send this header field to the server (repeatable)'
complete -c parallel -n '__parallel_at \'mcp add\'' -l bearer-env -x -d 'Send the value of the variable VAR as a bearer token'
complete -c parallel -n '__parallel_at \'mcp add\'' -l allow-tool -x -d 'Let tasks use this tool only (repeatable)'
complete -c parallel -n '__parallel_at \'mcp add\'' -l scope -x -a 'user project' -d 'Where to store it: user (default) or project'
complete -c parallel -n '__parallel_at \'mcp add\'' -l force -d 'Replace a different entry, or store a literal secret'
complete -c parallel -n '__parallel_at \'mcp add\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'mcp add\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'mcp add\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'mcp add\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'mcp add\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'mcp list\'' -l json -d 'Print the API\'s JSON with nothing lost'
complete -c parallel -n '__parallel_at \'mcp list\'' -l format -x -a 'table json jsonl csv markdown text' -d 'Print as table, json, jsonl, csv, markdown or text'
complete -c parallel -n '__parallel_at \'mcp list\'' -s o -l output -r -F -d 'Write the result to FILE instead of standard output'
complete -c parallel -n '__parallel_at \'mcp list\'' -l force -d 'Let --output replace a file that exists'
complete -c parallel -n '__parallel_at \'mcp list\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'mcp list\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'mcp list\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'mcp list\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'mcp list\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'mcp get\'' -l json -d 'Print the API\'s JSON with nothing lost'
complete -c parallel -n '__parallel_at \'mcp get\'' -l format -x -a 'table json jsonl csv markdown text' -d 'Print as table, json, jsonl, csv, markdown or text'
complete -c parallel -n '__parallel_at \'mcp get\'' -s o -l output -r -F -d 'Write the result to FILE instead of standard output'
complete -c parallel -n '__parallel_at \'mcp get\'' -l force -d 'Let --output replace a file that exists'
complete -c parallel -n '__parallel_at \'mcp get\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'mcp get\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'mcp get\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'mcp get\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'mcp get\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'mcp get\' 1' -a '(__parallel_servers)'
complete -c parallel -n '__parallel_at \'mcp remove\'' -l scope -x -a 'user project' -d 'Where to remove it from: user (default) or project'
complete -c parallel -n '__parallel_at \'mcp remove\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'mcp remove\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'mcp remove\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'mcp remove\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'mcp remove\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'mcp remove\' 1' -a '(__parallel_servers)'
complete -c parallel -n '__parallel_at \'mcp disable\'' -l scope -x -a 'user project' -d 'Whose entry it is: user (default) or project'
complete -c parallel -n '__parallel_at \'mcp disable\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'mcp disable\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'mcp disable\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'mcp disable\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'mcp disable\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'mcp disable\' 1' -a '(__parallel_servers)'
complete -c parallel -n '__parallel_at \'mcp enable\'' -l scope -x -a 'user project' -d 'Whose entry it is: user (default) or project'
complete -c parallel -n '__parallel_at \'mcp enable\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'mcp enable\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'mcp enable\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'mcp enable\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'mcp enable\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'mcp enable\' 1' -a '(__parallel_servers)'
complete -c parallel -n '__parallel_at \'help\'' -l man -d 'Print a manual page of everything'
complete -c parallel -n '__parallel_at \'help\'' -l markdown -d 'Print a Markdown table of the commands, or of a topic'
complete -c parallel -n '__parallel_at \'help\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'help\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'help\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'help\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'help\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'help\' \'\' \'\'' -a task -d 'Research tasks'
complete -c parallel -n '__parallel_at \'help\' \'\' \'\'' -a search -d 'Search the web'
complete -c parallel -n '__parallel_at \'help\' \'\' \'\'' -a mcp -d 'MCP servers'
complete -c parallel -n '__parallel_at \'help\' \'\' \'\'' -a help -d 'Explain a command or a topic'
complete -c parallel -n '__parallel_at \'help\' \'\' \'\'' -a completion -d 'Print a completion script for bash, zsh or fish'
complete -c parallel -n '__parallel_at \'help\' \'\' \'\'' -a environment -d 'Environment variables that are honoured'
complete -c parallel -n '__parallel_at \'help\' \'\' \'\'' -a exit-codes -d 'What the exit codes mean'
complete -c parallel -n '__parallel_at \'help\' \'\' \'\'' -a formatting -d 'How results are printed, and how to choose'
complete -c parallel -n '__parallel_at \'help\' \'\' \'task\'' -a run -d 'Create a run, follow it, print its result'
complete -c parallel -n '__parallel_at \'help\' \'\' \'task\'' -a result -d 'Wait for runs and print their results'
complete -c parallel -n '__parallel_at \'help\' \'\' \'task\'' -a status -d 'Show where runs stand, at once'
complete -c parallel -n '__parallel_at \'help\' \'\' \'task\'' -a events -d 'Stream a run\'s progress: plan, searches, tool calls, sources'
complete -c parallel -n '__parallel_at \'help\' \'\' \'task\'' -a input -d 'Show what a run was asked'
complete -c parallel -n '__parallel_at \'help\' \'\' \'mcp\'' -a add -d 'Store an MCP server under a name'
complete -c parallel -n '__parallel_at \'help\' \'\' \'mcp\'' -a list -d 'List the MCP servers that tasks can use'
complete -c parallel -n '__parallel_at \'help\' \'\' \'mcp\'' -a get -d 'Show one MCP server and the variables it needs'
complete -c parallel -n '__parallel_at \'help\' \'\' \'mcp\'' -a remove -d 'Forget an MCP server'
complete -c parallel -n '__parallel_at \'help\' \'\' \'mcp\'' -a disable -d 'Keep an MCP server from being used'
complete -c parallel -n '__parallel_at \'help\' \'\' \'mcp\'' -a enable -d 'Let an MCP server be used again'
complete -c parallel -n '__parallel_at \'completion\'' -l name -x -d 'Complete for the program under this name'
complete -c parallel -n '__parallel_at \'completion\'' -s q -l quiet -d 'Print nothing on standard error but errors'
complete -c parallel -n '__parallel_at \'completion\'' -s v -l verbose -d 'Show requests, answers and retries on standard error'
complete -c parallel -n '__parallel_at \'completion\'' -l color -x -a 'auto always never' -d 'Use colour: auto, always or never'
complete -c parallel -n '__parallel_at \'completion\'' -s h -l help -d 'Show help: -h in brief, --help in full'
complete -c parallel -n '__parallel_at \'completion\'' -s V -l version -d 'Show the version'
complete -c parallel -n '__parallel_at \'completion\' 1' -a 'bash zsh fish'
