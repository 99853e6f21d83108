import FuzzSupport
import ParallelHTTP
import ParallelTerminal

@testable import ParallelCLI

/// Whatever the words are, the program ends with a code of its list, tells why, and prints nothing that steers a
/// terminal.
///
/// The input is a word a line. A byte 0xFF with two more stands for a word that the program knows, so that all flags of
/// all commands are soon met; 0x01 is a line end within a word.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let words = input(start, count).split(separator: 0x0A, omittingEmptySubsequences: false).map(word)
    // A path could lead to a real file; such words are only read.
    guard !words.contains(where: { $0.utf8.contains(UInt8(ascii: "/")) }) else {
        var color = ColorChoice.auto
        if case .command(let command, let rest)? = try? CommandTree.program.resolve(words) {
            _ = try? command.parse(rest, color: &color)
        }
        return 0
    }
    let world = World(words, NoNetwork())
    require(world.code != .unexpected || !isAboutUsage(words), "a command line that can't be obeyed has its own code")
    _ = Run.mayConnect(words)
    return 0
}

private func isAboutUsage(_ words: [String]) -> Bool {
    do throws(UsageError) {
        guard case .command(let command, let rest) = try CommandTree.program.resolve(words) else { return false }
        var color = ColorChoice.auto
        _ = try command.parse(rest, color: &color)
        return false
    } catch {
        return true
    }
}

private func word(_ bytes: ArraySlice<UInt8>) -> String {
    var text: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
        if byte == 0xFF, let high = rest.popFirst(), let low = rest.popFirst() {
            text += knownWords[(Int(high) << 8 | Int(low)) % knownWords.count].utf8
        } else {
            text.append(byte == 0x01 ? 0x0A : byte)
        }
    }
    return String(decoding: text, as: UTF8.self)
}

private let knownWords: [String] = {
    let commands = CommandTree.program.commands
    let flags = Set(commands.flatMap(\.flags).flatMap { ["--\($0.name)", "--no-\($0.name)"] }).sorted()
    let examples = commands.flatMap(\.examples).flatMap { $0.line.split(separator: " ").map(String.init) }
    return Array(Set(commands.flatMap(\.path))).sorted() + flags + Set(examples).sorted()
}()

/// Nobody answers.
private struct NoNetwork: HTTPTransport {
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        throw HTTPError(.connect, "can't connect to \(request.url.origin)", mayHaveBeenSent: false)
    }
}
