import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelAuth

/// Logins whose secrets a program keeps.
@Suite(.timeLimit(.minutes(5))) struct SecretProgramTests {
    private let home: TemporaryDirectory
    private let servers: CredentialStore
    private let accounts: CredentialStore
    /// A program that keeps secrets as files, and writes down how it was called.
    private let program: String

    init() throws {
        home = try TemporaryDirectory()
        servers = try #require(CredentialStore(environment: ["HOME": home.path]))
        accounts = try #require(CredentialStore(environment: ["HOME": home.path], isOfAccounts: true))
        program = try home.write(
            """
            #!/bin/sh
            cd "${0%/*}"; echo "$@" >>calls; file=$(echo "$2" | tr / _)
            case $1 in
            get) cat "$file" ;;
            store) cat >"$file" ;;
            erase) rm "$file" ;;
            esac
            """, to: "keep")
        try Disk.makeExecutable(program)
    }

    private static let login: JSONValue = [
        "server": "https://a.example", "token": ["access_token": "at-4711", "refresh_token": "rt-4711", "scope": "a"],
        "client": ["client_id": "c", "client_secret": "cs-4711"], "api_key": "key-4711",
        "api_base": "https://b.example",
    ]

    private func choose(_ words: [String]) throws {
        try accounts.change { $0[CredentialStore.program] = .array(words.map(JSONValue.string)) }
    }

    private var calls: [String] { (Disk.text(home.file("calls")) ?? "").split(separator: "\n").map(String.init) }
    private var files: String {
        (Disk.text(accounts.path("x")) ?? "") + (Disk.text(servers.path("n")) ?? "")
    }

    @Test func `a program keeps the secrets of all logins, and the files hold none`() throws {
        try choose([program])
        for (store, name) in [(accounts, "x"), (servers, "n")] {
            try store.write(Self.login, as: name)
            let read = try store.read(name)
            #expect(read?["token"] == Self.login["token"] && read?["api_key"] == "key-4711")
            #expect(read?["client"] == Self.login["client"] && read?["api_base"] == Self.login["api_base"])
            #expect(try store.shown(name)?["token"]?["access_token"] == "")
        }
        #expect(!files.contains("4711") && files.contains("https://a.example"))
        #expect(servers.values().first?["server"] == "https://a.example")
        try accounts.remove("x")
        try servers.remove("n")
        #expect(try accounts.read("x") == nil && servers.read("n") == nil)
        #expect(
            calls == [
                "store parallel/login/x", "get parallel/login/x", "store parallel/mcp/n", "get parallel/mcp/n",
                "erase parallel/login/x", "erase parallel/mcp/n",
            ])
        #expect(!calls.joined().contains("4711"))
    }

    @Test func `a login goes on being kept where it was stored, until it is made anew`() throws {
        try choose([program])
        try accounts.write(Self.login, as: "x")
        try accounts.change { $0[CredentialStore.program] = nil }
        try accounts.write(try #require(try accounts.read("x")), as: "x")
        #expect(!files.contains("4711"))
        try accounts.write(Self.login, as: "x")
        #expect(files.contains("key-4711") && calls.last == "erase parallel/login/x")
        #expect(try accounts.read("x")?["api_key"] == "key-4711")
    }

    @Test(arguments: [
        ("exit 4", "it ended with code 4"), ("exit 0", "it gave no secret"), ("echo '{}'; echo '{}'", "several lines"),
        ("echo hello", "something else"),
    ])
    func `a program that gives no secret is told of`(script: String, reason: String) throws {
        try choose([program])
        try accounts.write(Self.login, as: "x")
        try home.write("#!/bin/sh\n\(script)\n", to: "keep")
        let error = #expect(throws: HelperCommand.Failure.self) { try accounts.read("x") }
        #expect(error?.reason.contains(reason) == true && error?.program == program)
    }

    @Test func `without the secret in the program's hands nothing is written`() throws {
        try choose(["/bin/false"])
        #expect(throws: HelperCommand.Failure.self) { try accounts.write(Self.login, as: "x") }
        #expect(try accounts.shown("x") == nil)
        // Whatever became of the program, one can sign out.
        try choose([program])
        try accounts.write(Self.login, as: "x")
        try home.write("#!/bin/sh\nexit 1\n", to: "keep")
        #expect(throws: HelperCommand.Failure.self) { try accounts.remove("x") }
        #expect(try accounts.shown("x") == nil)
    }
}
