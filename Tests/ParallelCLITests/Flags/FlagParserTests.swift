import ParallelSystem
import Testing

@testable import ParallelCLI

@Suite struct FlagParserTests {
    private struct Options: Sendable, Equatable {
        var name = ""
        var tags: [String] = []
        var isQuiet = false
        var isForced = false
        var doesNotWait = false
    }

    private static let flags: [Flag<Options>] = [
        Flag("name", short: "n", value: FlagSpec.Value("NAME"), summary: "Name") { options, text throws(InvalidValue) in
            if text == "bad" { throw InvalidValue("'bad' is bad") }
            options.name = text
        },
        Flag("tag", short: "t", value: FlagSpec.Value("TAG"), isRepeatable: true, summary: "Tag") {
            $0.tags.append($1)
        },
        Flag("quiet", short: "q", summary: "Quiet") { $0.isQuiet = $1 },
        Flag("force", short: "f", summary: "Force") { $0.isForced = $1 },
        Flag("no-wait", summary: "Don't wait") { $0.doesNotWait = $1 },
    ]

    /// What a line comes to, as text: options that differ from the defaults, then the positional words.
    private static func outcome(_ words: [String]) -> String {
        var options = Options()
        do throws(UsageError) {
            switch try Flag.parse(words, flags, into: &options) {
            case .help(let isFull): return isFull ? "--help" : "-h"
            case .version: return "version"
            case .parsed(let positionals):
                var parts: [String] = []
                if !options.name.isEmpty { parts.append("name=\(options.name)") }
                if !options.tags.isEmpty { parts.append("tags=\(options.tags.joined(separator: ","))") }
                if options.isQuiet { parts.append("quiet") }
                if options.isForced { parts.append("force") }
                if options.doesNotWait { parts.append("no-wait") }
                return (parts + positionals.map { "<\($0)>" }).joined(separator: " ")
            }
        } catch {
            return [error.message, error.hint?.description].compactMap(\.self).joined(separator: "; ")
        }
    }

    private func expect(_ words: [String], _ expected: String) {
        #expect(Self.outcome(words) == expected, "\(words)")
    }

    @Test(arguments: [
        (["--name", "x"], "name=x"), (["--name=x"], "name=x"), (["--name="], ""), (["--name=a=b"], "name=a=b"),
        (["-n", "x"], "name=x"), (["-nx"], "name=x"), (["-n=x"], "name=x"), (["-n=a=b"], "name=a=b"),
        (["-n", "=x"], "name==x"), (["-n="], ""),
        (["--name", "-"], "name=-"), (["--name", "-q"], "name=-q"), (["--name", "a b"], "name=a b"),
        (["--name", "--unknown"], "name=--unknown"), (["--name=--quiet"], "name=--quiet"),
        (["-n--quiet"], "name=--quiet"), (["--name", ""], ""), (["-n", "é"], "name=é"), (["-né"], "name=é"),
        (["--name", "x", "--name", "y"], "name=y"), (["-t", "a", "--tag=b", "-tc"], "tags=a,b,c"),
    ])
    func `a value is taken in every form`(words: [String], expected: String) { expect(words, expected) }

    @Test(arguments: [
        (["-q"], "quiet"), (["--quiet"], "quiet"), (["-qf"], "quiet force"), (["-fqq"], "quiet force"),
        (["-qnx"], "name=x quiet"), (["-qn", "x"], "name=x quiet"), (["-qn=x", "-f"], "name=x quiet force"),
        (["--quiet", "--no-quiet"], ""), (["--no-quiet", "-q"], "quiet"), (["--no-wait"], "no-wait"),
        (["--no-wait", "--no-no-wait"], ""),
    ])
    func `switches stand alone, in groups and are taken back`(words: [String], expected: String) {
        expect(words, expected)
    }

    @Test(arguments: [
        ([], ""), (["a", "-q", "b"], "quiet <a> <b>"), (["-", "-q"], "quiet <->"), ([""], "<>"),
        (["--", "-q", "--help"], "<-q> <--help>"), (["a", "--", "--", "b"], "<a> <--> <b>"),
        (["-q", "--"], "quiet"), (["-n", "x", "y"], "name=x <y>"),
    ])
    func `words that are no flags stay in order`(words: [String], expected: String) { expect(words, expected) }

    @Test(arguments: [
        (["--help"], "--help"), (["-h"], "-h"), (["a", "-qh"], "-h"), (["--version"], "version"), (["-V"], "version"),
        (["-qV"], "version"), (["--help", "--unknown"], "--help"), (["--name=x", "-h", "--name=bad"], "-h"),
    ])
    func `help and version end the reading`(words: [String], expected: String) { expect(words, expected) }

    @Test(arguments: [
        (["--name"], "--name needs a value"), (["-n"], "-n needs a value"), (["-qn"], "-n needs a value"),
        (["--name", "--quiet"], "--name needs a value; if --quiet is meant as the value, write --name=--quiet"),
        (
            ["--name", "--no-quiet"],
            "--name needs a value; if --no-quiet is meant as the value, write --name=--no-quiet"
        ),
        (["--name", "--tag=x"], "--name needs a value; if --tag=… is meant as the value, write --name=--tag=…"),
        (["-n", "--help"], "-n needs a value; if --help is meant as the value, write -n--help"),
        (["--name", "--version"], "--name needs a value; if --version is meant as the value, write --name=--version"),
        (["--name", "--", "x"], "--name needs a value; if -- is meant as the value, write --name=--"),
        (["--quiet=yes"], "--quiet takes no value"), (["--no-quiet=yes"], "--no-quiet takes no value"),
        (["--name=bad"], "--name: 'bad' is bad"), (["-nbad"], "-n: 'bad' is bad"),
        (["--nmae", "x"], "unknown flag --nmae; did you mean --name?"),
        (["--qiet=1"], "unknown flag --qiet; did you mean --quiet?"),
        (["--hepl"], "unknown flag --hepl; did you mean --help?"),
        (["--versoin"], "unknown flag --versoin; did you mean --version?"),
        (["--no-qiet"], "unknown flag --no-qiet; did you mean --no-quiet?"),
        (["--no-name"], "unknown flag --no-name"), (["--zzzzzzzz"], "unknown flag --zzzzzzzz"),
        (["---quiet"], "unknown flag ---quiet; did you mean --quiet?"),
        (["-x"], "unknown flag -x"), (["-qx"], "unknown flag -x; it was met in -qx"),
        (["-xq"], "unknown flag -x"), (["-q=1"], "unknown flag -=; it was met in -q=…"),
    ])
    func `an invalid command line is an error with the reason`(words: [String], expected: String) {
        expect(words, expected)
    }

    @Test(arguments: [
        ("rnu", "run"), ("ru", "run"), ("resutl", "result"), ("statsu", "status"), ("RUN", "run"), ("stat", "status"),
        ("res", "result"), ("evnts", "events"), ("qqqqq", nil), ("", nil), ("s", nil), ("completely-else", nil),
    ])
    func `the nearest name is suggested, if it is near`(word: String, expected: String?) {
        #expect(Suggestions.nearest(to: word, among: ["run", "result", "status", "events", "input"]) == expected)
    }

    @Test func `nothing is suggested if there are no names`() {
        #expect(Suggestions.nearest(to: "run", among: []) == nil)
    }

    // MARK: - Words given again

    private static func again(_ words: [String], without names: Set<String> = []) throws -> [String] {
        try GivenWords(words, of: flags.map(\.spec)).words(without: names)
    }

    @Test(arguments: [
        ["-n", "--quiet-not"], ["--name=--quiet"], ["-n--quiet"], ["--name=-q"], ["--name=--"], ["-n="], ["-n", "=x"],
        ["--name", "-"], ["-qnx"], ["-t", "a", "--tag=b", "-tc"], ["-fqq"], ["--quiet", "--no-quiet"], ["--no-wait"],
        ["--no-wait", "--no-no-wait"], ["a", "-q", "b"], ["-", "-q"], [""], ["--", "-q", "--help"],
        ["a", "--", "--", "b"], ["-q", "--", "-"],
    ])
    func `words that are given again mean the same`(words: [String]) throws {
        expect(try Self.again(words), Self.outcome(words))
    }

    @Test(arguments: [
        ("-fq a", "a -f"), ("-qfn x", "-f -n x"), ("-qnx", "-n x"), ("--quiet -f", "-f"), ("--no-quiet a", "a"),
        ("--name=--quiet -q", "--name=--quiet"), ("-n -q a", "a --name=-q"), ("-q -- -q a", "-- -q a"),
        ("--no-wait -f", "-f"), ("--no-no-wait -f", "-f"), ("-t --quietly -q", "--tag=--quietly"),
    ])
    func `a flag is left out in whatever form it was written`(line: String, rest: String) throws {
        let words = line.split(separator: " ").map(String.init)
        #expect(try Self.again(words, without: ["quiet", "no-wait"]).joined(separator: " ") == rest)
    }
}

extension Flag {
    /// Parses words, and applies the values of their flags to `options`.
    static func parse(
        _ words: [String], _ flags: [Flag], into options: inout Options
    ) throws(UsageError) -> FlagParser.Outcome {
        try FlagParser(flags: flags.map(\.spec)).parse(words) { place, value throws(InvalidValue) in
            try flags[place].apply(&options, value)
        }
    }
}
