import ParallelJSON
import ParallelSystem

/// The programs whose configuration can hold MCP servers, and how each of them writes one.
///
/// This module knows neither flags nor the network: it turns a server into the text of a client's file.
package enum ClientCatalogue {
    /// The clients with files, in the order of the table.
    package static var all: [Client] { known.filter { $0.row["user"] != nil } }

    private static let known: [Client] = {
        var known: [Client] = []
        for line in rows.parts(between: "\n") {
            guard var row = (try? JSONValue.parse(String(line)))?.object else { continue }
            if let model = row["like"]?.string, let other = known.first(where: { $0.id == model }) {
                for member in other.row where row[member.key] == nil { row[member.key] = member.value }
            }
            known.append(Client(row: row))
        }
        return known
    }()

    /// Returns the client of that id or other name, in lower case; also a form that no client has a file for.
    package static func client(named word: String) -> Client? {
        known.first { client in
            [client.id, client.name].contains { $0.asciiLowercased.isExactly(word) }
                || client.row["aka"]?.array?.contains(.string(word)) == true
        }
    }

    /// One client a line, from the clients' code and documentation as of November 2026. The members:
    ///
    /// - `like`: the row that has what is missing here. `aka`: other names.
    /// - `user`, `mac`, `project`: the files. `$APP` is where programs keep settings, `[c]` an ending that may be.
    /// - `in`, `bin`: a folder and a program by which it is found; by default the folder of its file, and its id.
    /// - `text`: the format. `at`, `projectAt`: the keys that lead to the servers; `[]` means a list.
    /// - `http`, `bearer`, `stdio`: an entry by URL, one with just a bearer token, and one that starts the bridge.
    /// - `var`: how a value of the environment is written; `V` stands for its name.
    /// - `url`: whether URLs may have variables.
    /// - `literal`: whether the reference itself is sent if the variable is not set.
    /// - `new`: further members of a new file. `script`: files that take its place, and are programs.
    /// - `newer`: the client whose form is used where the file has its servers.
    /// - `note`, `after`: what to know; what to do after a change. `$L` is the client's own command that lists servers.
    ///
    /// In entries, `$U` stands for the URL, `$N` the name, `$H` headers, `$B` the variable of a bearer token, `$L`
    /// headers without variables, `$V` variables by header, `$E` all variables, `$O` false if there are headers, `$C`
    /// this program, `$A` its arguments, `$K` both. A member without a value is left out.
    private static let rows = #"""
        {"id":"claude-code","name":"Claude Code","aka":["claude"],"bin":"claude","in":"~/.claude","user":"~/.claude.json","project":".mcp.json","text":"json","at":["mcpServers"],"http":{"type":"http","url":"$U","headers":"$H"},"var":"${V}","url":true,"literal":true,"after":"restart it; /mcp shows its servers"}
        {"id":"claude-desktop","name":"Claude Desktop","user":"$APP/Claude/claude_desktop_config.json","text":"json","at":["mcpServers"],"after":"quit it and open it again"}
        {"id":"cursor","name":"Cursor","user":"~/.cursor/mcp.json","project":".cursor/mcp.json","text":"json","at":["mcpServers"],"http":{"url":"$U","headers":"$H"},"var":"${env:V}","after":"Settings, Tools & MCP shows its servers"}
        {"id":"vscode","name":"VS Code","aka":["code"],"bin":"code","user":"$APP/Code/User/mcp.json","project":".vscode/mcp.json","text":"jsonc,","at":["servers"],"http":{"type":"http","url":"$U","headers":"$H"},"stdio":{"type":"stdio","command":"$C","args":"$A"},"var":"${env:V}","after":"MCP: List Servers shows its servers, and starts them"}
        {"id":"vscode-insiders","like":"vscode","name":"VS Code Insiders","aka":[],"bin":"code-insiders","user":"$APP/Code - Insiders/User/mcp.json"}
        {"id":"vscodium","like":"vscode","name":"VSCodium","aka":[],"bin":"codium","user":"$APP/VSCodium/User/mcp.json"}
        {"id":"copilot-cli","name":"Copilot CLI","aka":["copilot"],"bin":"copilot","user":"${COPILOT_HOME:-~/.copilot}/mcp-config.json","project":".mcp.json","text":"json","at":["mcpServers"],"http":{"type":"http","url":"$U","headers":"$H","tools":["*"]},"stdio":{"type":"local","command":"$C","args":"$A","tools":["*"]},"after":"restart it; /mcp show shows its servers"}
        {"id":"windsurf","name":"Windsurf before June 2026","user":"~/.codeium/windsurf/mcp_config.json","text":"json","at":["mcpServers"],"http":{"serverUrl":"$U","headers":"$H"},"var":"${env:V}","note":"since June 2026 it is devin-desktop, with a file of its own","after":"refresh its list of servers"}
        {"id":"devin-desktop","name":"Devin Desktop","user":"~/.config/devin/mcp_config.json","project":".devin/mcp_config.json","text":"json","at":["mcpServers"],"http":{"url":"$U"},"after":"refresh its list of servers"}
        {"id":"devin-cli","name":"Devin CLI","bin":"devin","user":"~/.config/devin/config.json","project":".devin/config.json","text":"jsonc","at":["mcpServers"],"http":{"url":"$U"},"after":"restart it; $L shows its servers"}
        {"id":"codex","name":"Codex","user":"${CODEX_HOME:-~/.codex}/config.toml","project":".codex/config.toml","text":"toml","at":["mcp_servers"],"http":{"url":"$U","bearer_token_env_var":"$B","http_headers":"$L","env_http_headers":"$V"},"var":"by key","after":"restart it; $L shows its servers"}
        {"id":"gemini-cli","name":"Gemini CLI","aka":["gemini"],"bin":"gemini","in":"~/.gemini","user":"${GEMINI_CLI_HOME:-~}/.gemini/settings.json","project":".gemini/settings.json","text":"jsonc","at":["mcpServers"],"http":{"type":"http","url":"$U","headers":"$H"},"var":"${V}","url":true,"literal":true,"after":"restart it; /mcp shows its servers"}
        {"id":"antigravity","name":"Antigravity","bin":"agy","user":"~/.gemini/config/mcp_config.json","project":".agents/mcp_config.json","text":"json","at":["mcpServers"],"http":{"serverUrl":"$U","headers":"$H"},"after":"refresh its list of servers"}
        {"id":"zed","name":"Zed","user":"${XDG_CONFIG_HOME:-~/.config}/zed/settings.json","mac":"~/.config/zed/settings.json","project":".zed/settings.json","text":"jsonc,","at":["context_servers"],"http":{"url":"$U","headers":"$H"},"after":"its agent panel's settings show its servers"}
        {"id":"opencode","name":"OpenCode","aka":["opencode-v1"],"user":"${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.json[c]","project":"opencode.json[c]","text":"jsonc,","at":["mcp"],"http":{"type":"remote","url":"$U","enabled":true,"oauth":"$O","headers":"$H"},"stdio":{"type":"local","command":"$K","enabled":true},"var":"{env:V}","newer":"opencode2","after":"restart it; $L shows its servers"}
        {"id":"opencode2","like":"opencode","name":"OpenCode 2","aka":["opencode-v2"],"at":["mcp","servers"],"http":{"type":"remote","url":"$U","oauth":"$O","headers":"$H"},"stdio":{"type":"local","command":"$K"},"newer":""}
        {"id":"kilo","like":"opencode","name":"Kilo Code","aka":[],"user":"${XDG_CONFIG_HOME:-~/.config}/kilo/kilo.json[c]","project":"kilo.json[c]","newer":"","after":"restart it; $L shows its servers"}
        {"id":"cline","name":"Cline","user":"${CLINE_MCP_SETTINGS_PATH:-${CLINE_DATA_DIR:-~/.cline/data}/settings/cline_mcp_settings.json}","text":"json","at":["mcpServers"],"http":{"type":"streamableHttp","url":"$U","headers":"$H"},"after":"its MCP Servers view shows its servers"}
        {"id":"roo-code","name":"Roo Code","user":"$APP/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json","project":".roo/mcp.json","text":"json","at":["mcpServers"],"http":{"type":"streamable-http","url":"$U","headers":"$H"},"var":"${env:V}","literal":true,"after":"its MCP Servers view shows its servers"}
        {"id":"amp","name":"Amp","user":"${XDG_CONFIG_HOME:-~/.config}/amp/settings.json","project":".amp/settings.json","text":"jsonc,","at":["amp.mcpServers"],"http":{"url":"$U","headers":"$H"},"var":"${V}","after":"restart it; $L shows its servers"}
        {"id":"kiro","name":"Kiro","bin":"kiro-cli","user":"${KIRO_HOME:-~/.kiro}/settings/mcp.json","project":".kiro/settings/mcp.json","text":"json","at":["mcpServers"],"http":{"url":"$U","headers":"$H"},"var":"${V}","note":"it expands only variables whose names are approved in its settings","after":"kiro-cli mcp status shows its servers"}
        {"id":"factory","name":"Factory droid","aka":["droid"],"bin":"droid","user":"~/.factory/mcp.json","project":".factory/mcp.json","text":"json","at":["mcpServers"],"http":{"type":"http","url":"$U","headers":"$H"},"stdio":{"type":"stdio","command":"$C","args":"$A"},"after":"restart it; /mcp shows its servers"}
        {"id":"openhands","name":"OpenHands","user":"${OPENHANDS_PERSISTENCE_DIR:-~/.openhands}/mcp.json","text":"json","at":["mcpServers"],"http":{"url":"$U","headers":"$H"},"after":"restart it; $L shows its servers"}
        {"id":"continue","name":"Continue","bin":"cn","user":"~/.continue/config.yaml","project":".continue/mcpServers/$N.yaml","text":"yaml","at":["mcpServers","[]"],"http":{"name":"$N","type":"streamable-http","url":"$U","requestOptions":{"headers":"$H"}},"stdio":{"name":"$N","type":"stdio","command":"$C","args":"$A"},"var":"${{ secrets.V }}","new":{"name":"$N","version":"0.0.1","schema":"v1"},"note":"it looks for secrets in ~/.continue/.env, then in the environment","after":"reload its window"}
        {"id":"goose","name":"Goose","user":"${XDG_CONFIG_HOME:-~/.config}/goose/config.yaml","mac":"~/.config/goose/config.yaml","text":"yaml","at":["extensions"],"http":{"type":"streamable_http","name":"$N","description":"$N","uri":"$U","headers":"$H","env_keys":"$E","enabled":true,"timeout":300},"stdio":{"type":"stdio","name":"$N","description":"$N","cmd":"$C","args":"$A","enabled":true,"timeout":300},"var":"${V}","after":"start a new session"}
        {"id":"lm-studio","name":"LM Studio","bin":"lms","user":"~/.lmstudio/mcp.json","text":"json","at":["mcpServers"],"http":{"url":"$U","headers":"$H"},"after":"its Program tab shows its servers"}
        {"id":"warp","name":"Warp","user":"~/.warp/.mcp.json","project":".warp/.mcp.json","text":"json","at":["mcpServers"],"http":{"url":"$U","headers":"$H"},"after":"Settings, MCP servers shows its servers"}
        {"id":"junie","name":"JetBrains Junie","user":"~/.junie/mcp/mcp.json","project":".junie/mcp/mcp.json","text":"json","at":["mcpServers"],"after":"Settings, Tools, Junie, MCP Settings shows its servers"}
        {"id":"fx","name":"fx","user":"~/.fx/mcp.json","project":".mcp.json","text":"json","at":["mcp"],"projectAt":["mcpServers"],"stdio":{"type":"local","command":"$K","enabled":true},"after":"/mcp reload"}
        {"id":"crush","name":"Crush","user":"${XDG_CONFIG_HOME:-~/.config}/crush/crush.json","project":"crush.json","text":"json","at":["mcp"],"http":{"type":"http","url":"$U","headers":"$H"},"stdio":{"type":"stdio","command":"$C","args":"$A"},"var":"$V","script":["${XDG_CONFIG_HOME:-~/.config}/crush/crushrc",".crushrc","crushrc"],"after":"restart it"}
        {"id":"openclaw","name":"OpenClaw","user":"~/.openclaw/openclaw.json","text":"json5","at":["mcp","servers"],"http":{"url":"$U","transport":"streamable-http","headers":"$H"},"after":"$L shows its servers"}
        {"id":"hermes","name":"Hermes","user":"${HERMES_HOME:-~/.hermes}/config.yaml","text":"yaml","at":["mcp_servers"],"http":{"url":"$U","headers":"$H","enabled":true},"stdio":{"command":"$C","args":"$A","enabled":true},"after":"restart it; $L shows its servers"}
        {"id":"pi","name":"Pi","in":"~/.pi","user":"~/.config/mcp/mcp.json","project":".mcp.json","text":"json","at":["mcpServers"],"bearer":{"url":"$U","auth":"bearer","bearerTokenEnv":"$B","directTools":true},"http":{"url":"$U","headers":"$H","directTools":true},"var":"${V}","after":"restart it"}
        {"id":"mcpServers","name":"The program","text":"json","at":["mcpServers"],"http":{"url":"$U","headers":"$H"},"var":"${V}"}
        {"id":"visual-studio","name":"Visual Studio","text":"json","at":["servers"],"http":{"url":"$U"},"stdio":{"type":"stdio","command":"$C","args":"$A"}}
        {"id":"mcporter","name":"MCPorter","user":"~/.mcporter/mcporter.json[c]","project":"config/mcporter.json","text":"jsonc","at":["mcpServers"],"http":{"url":"$U","headers":"$H"},"var":"${V}","after":"mcporter list shows its servers"}
        """#
}

/// A program that can use MCP servers.
package struct Client: Sendable {
    let row: JSONObject

    package enum Scope: String, Sendable, CaseIterable { case user, project }

    package var id: String { text("id") ?? "" }
    package var name: String { text("name") ?? "" }
    package var note: String? { text("note") }
    package var after: String? { text("after") }
    /// Whether it sends the reference itself if a variable is not set.
    package var sendsReferences: Bool { row["literal"]?.bool == true }
    package var program: String { text("bin") ?? id }

    func text(_ key: String) -> String? { row[key]?.string }

    var newer: Client? { text("newer").flatMap(ClientCatalogue.client(named:)) }

    var format: ClientFormat {
        switch text("text") {
        case "jsonc": .json(.comments)
        case "jsonc,": .json(.trailingCommas)
        case "json5": .json(.json5)
        case "toml": .toml
        case "yaml": .yaml
        default: .json(.strict)
        }
    }

    /// The keys that lead to the servers. The last one is `[]` where they are a list.
    func pointer(_ scope: Scope) -> [String] {
        (scope == .project ? row["projectAt"] ?? row["at"] : row["at"])?.array?.compactMap(\.string) ?? []
    }
}

/// How a client's file is written.
enum ClientFormat: Sendable, Equatable {
    case json(JSONDialect)
    case toml
    case yaml
}
