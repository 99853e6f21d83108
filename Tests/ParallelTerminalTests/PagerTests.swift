import ParallelTerminal
import Testing

@Suite struct PagerTests {
    @Test(
        arguments: [
            [:], ["PAGER": ""], ["PAGER": "cat"], ["PAGER": "/bin/cat -"], ["PARALLEL_PAGER": "", "PAGER": "less"],
            ["PARALLEL_PAGER": "  "],
        ] as [[String: String]])
    func `without a pager that changes anything there is none`(_ environment: [String: String]) {
        #expect(Pager(environment: environment) == nil)
    }

    @Test(
        arguments: [
            (["PAGER": "less"], true), (["PAGER": "/usr/bin/less -S"], true), (["PAGER": "less", "LESS": "-FR"], true),
            (["PAGER": "less", "LESS": "FX"], false), (["PAGER": "less -R", "LESS": "FX"], true),
            (["PAGER": "less", "LESS": ""], false), (["PAGER": "less --LONG", "LESS": ""], false),
            (["PAGER": "more"], false), (["PAGER": "less", "PARALLEL_PAGER": "more"], false),
            (["PAGER": "bat -p"], true),
        ] as [([String: String], Bool)])
    func `only a pager that is known to show escape sequences gets them`(
        _ environment: [String: String], _ showsEscapes: Bool
    ) {
        #expect(Pager(environment: environment)?.showsEscapes == showsEscapes)
    }

    @Test(
        arguments: [
            ([:], false), (["VTE_VERSION": "7600"], true), (["VTE_VERSION": "4601"], false),
            (["TERM_PROGRAM": "iTerm.app"], true), (["TERM_PROGRAM": "Apple_Terminal"], false),
            (["KITTY_WINDOW_ID": "1"], true), (["KITTY_WINDOW_ID": "1", "TMUX": "/tmp/x"], false),
            (["TERM": "foot", "STY": "1.pts"], false), (["TERM": "foot"], true),
        ] as [([String: String], Bool)])
    func `links are written only where the terminal is known to show them`(
        _ environment: [String: String], _ shows: Bool
    ) {
        #expect(TerminalInfo.system(environment: environment).showsHyperlinks == shows)
    }
}
