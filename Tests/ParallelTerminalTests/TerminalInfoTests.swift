import ParallelTerminal
import Testing

struct TerminalInfoTests {
    @Test(arguments: [
        ([:], ColorChoice.auto, true), ([:], .always, true), ([:], .never, false),
        (["NO_COLOR": "1"], .auto, false), (["NO_COLOR": ""], .auto, true), (["NO_COLOR": "1"], .always, true),
        (["TERM": "dumb"], .auto, false), (["TERM": ""], .auto, false), (["TERM": "dumb"], .always, true),
        (["CLICOLOR_FORCE": "1", "TERM": "dumb"], .auto, true), (["CLICOLOR_FORCE": "1"], .never, false),
        (["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], .auto, false),
    ])
    func `colour on a terminal follows the choice, then the environment`(
        _ environment: [String: String], _ choice: ColorChoice, _ result: Bool
    ) {
        var info = TerminalInfo.system(environment: ["TERM": "xterm"].merging(environment) { $1 })
        (info.stdoutIsTerminal, info.stderrIsTerminal) = (true, true)
        #expect(info.usesColor(on: .stdout, choice: choice) == result)
        #expect(info.usesColor(on: .stderr, choice: choice) == result)
    }

    @Test func `each stream is asked for itself`() {
        let info = TerminalInfo(stdoutIsTerminal: false, stderrIsTerminal: true, term: "xterm")
        #expect(!info.usesColor(on: .stdout, choice: .auto))
        #expect(info.usesColor(on: .stderr, choice: .auto))
        let forced = TerminalInfo.system(environment: ["CLICOLOR_FORCE": "0"])
        #expect(!forced.forcesColor)
    }

    @Test(arguments: [("100", 100), ("20", 20), ("9999", 9999)])
    func `COLUMNS decides if it is a sensible number`(_ value: String, _ columns: Int) {
        #expect(TerminalInfo.system(environment: ["COLUMNS": value]).columns == columns)
    }

    @Test(arguments: ["", "19", "0", "-5", "wide", "99999999999999999999", "80.5"])
    func `COLUMNS is passed over if it is not`(_ value: String) {
        #expect(
            TerminalInfo.system(environment: ["COLUMNS": value]).columns
                == TerminalInfo.system(environment: [:]).columns)
    }

    @Test func `prompts need stdin and stderr, animation an able terminal`() {
        #expect(TerminalInfo(stdinIsTerminal: true, stderrIsTerminal: true, term: "dumb").canPrompt)
        #expect(!TerminalInfo(stdinIsTerminal: true, stdoutIsTerminal: true, term: "xterm").canPrompt)
        #expect(!TerminalInfo(stdoutIsTerminal: true, stderrIsTerminal: true, term: "xterm").canPrompt)
        #expect(TerminalInfo(stderrIsTerminal: true, term: "xterm").canAnimate)
        #expect(!TerminalInfo(stderrIsTerminal: true, term: "dumb").canAnimate)
        #expect(!TerminalInfo(stderrIsTerminal: true).canAnimate)
    }

    @Test(arguments: [
        ([:], true), (["XTERM_VERSION": "XTerm(390)"], false), (["TERM": "linux"], false), (["STY": "1.pts-0"], false),
        (["TMUX": "/tmp/t", "XTERM_VERSION": "XTerm(390)"], true),
    ])
    func `a terminal that only cuts its lines when it gets narrower is known`(
        _ environment: [String: String], _ rewraps: Bool
    ) {
        let environment = ["TERM": "xterm-256color"].merging(environment) { $1 }
        #expect(TerminalInfo.system(environment: environment).rewrapsLines == rewraps)
    }
}
