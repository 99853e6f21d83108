#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Blocks the calling thread; for server scripts, which have one of their own.
enum Pause {
    static func milliseconds(_ count: UInt32) { usleep(count * 1000) }
}

struct SetupError: Error {
    let text: String
}

/// A fresh directory that goes with its last reference.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/parallel-http-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SetupError(text: "mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        guard let stream = opendir(path) else { return }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            unlink(path + "/" + name)
        }
        closedir(stream)
        rmdir(path)
    }

    func write(_ name: String, _ text: String) throws {
        guard let file = fopen(path + "/" + name, "w") else { throw SetupError(text: name) }
        fputs(text, file)
        fclose(file)
    }
}

/// `openssl s_server` on a free port, with a certificate for `localhost` that an authority made for it has signed.
final class OpenSSLServer: Sendable {
    let port: Int
    /// The path of the authority's certificate, in PEM.
    let certificate: String
    private let folder: TemporaryFolder
    private let process: pid_t

    init() throws {
        folder = try TemporaryFolder()
        certificate = folder.path + "/authority.pem"
        let (key, leaf) = (folder.path + "/key.pem", folder.path + "/cert.pem")
        try Self.make(certificate, key: folder.path + "/authority.key", ["-subj", "/CN=authority"])
        try Self.make(
            leaf, key: key,
            [
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext",
                "basicConstraints=CA:FALSE", "-CA", certificate, "-CAkey", folder.path + "/authority.key",
            ])
        let (server, output) = try Self.spawn([
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", leaf, "-key", key, "-www",
        ])
        process = server
        defer { close(output) }
        port = try Self.readPort(output)
    }

    deinit {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// Makes a certificate with its key.
    private static func make(_ certificate: String, key: String, _ options: [String]) throws {
        let (maker, output) = try spawn(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", key, "-out", certificate, "-days", "2",
            ] + options)
        close(output)
        var status: Int32 = 0
        waitpid(maker, &status, 0)
        guard status == 0 else { throw SetupError(text: "openssl req failed") }
    }

    /// `s_server` says `ACCEPT 127.0.0.1:43210` when it is ready.
    private static func readPort(_ output: Int32) throws -> Int {
        var text = ""
        var chunk = [UInt8](repeating: 0, count: 512)
        while true {
            let count = read(output, &chunk, chunk.count)
            guard count > 0 else { throw SetupError(text: "openssl s_server: \(text)") }
            text += String(decoding: chunk[..<count], as: UTF8.self)
            for line in text.split(separator: "\n") where line.hasPrefix("ACCEPT ") {
                if let port = line.split(separator: ":").last.flatMap({ Int($0) }) { return port }
            }
        }
    }

    /// Starts a program with its output on a pipe.
    private static func spawn(_ arguments: [String]) throws -> (pid_t, output: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SetupError(text: "pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words = arguments.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawnp(&process, arguments[0], &actions, nil, &words, environ)
        close(ends[1])
        guard code == 0 else { throw SetupError(text: "cannot start \(arguments[0])") }
        return (process, ends[0])
    }
}
