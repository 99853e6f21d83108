import TestSupport

/// An MCP server over stdio as a shell script, which needs nothing but a shell.
enum ShellMCPServer {
    /// Answers the handshake, the list of tools, and calls of `echo` with the words that the program was started with
    /// and the names in its environment. `behaviour` comes first, and again for each line.
    static func write(into folder: TemporaryDirectory, atStart: String = "", behaviour: String = "") throws {
        try folder.write(
            #"""
            #!/bin/sh
            \#(atStart)
            while read -r line; do
              id=$(printf %s "$line" | sed 's/.*"id":\([0-9]*\).*/\1/')
              \#(behaviour)
              case $line in
              *'"initialize"'*)
                printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}}}}\n' $id ;;
              *'"tools/list"'*)
                printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"echo","inputSchema":{}}]}}\n' $id ;;
              *'"tools/call"'*)
                text="$* $(env | sed 's/=.*//' | grep -v '^_$\|SHLVL\|OLDPWD' | sort | tr '\n' ' ')$PWD"
                printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"%s"}]}}\n' $id "$text" ;;
              *'"id"'*) printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32601,"message":"no"}}\n' $id ;;
              esac
            done
            echo ended >>ended
            """#, to: "server", mode: 0o700)
    }
}
