import ParallelSystem
import Testing

struct CommandWordsTests {
    @Test(arguments: [
        ("task run", ["task", "run"], 5, true), ("task run ", ["task", "run"], 9, false), ("", [], 0, false),
        (#"a 'b c"#, ["a", "b c"], 2, true), (#"größer\ x"#, ["größer x"], 0, true), ("a ''", ["a", ""], 2, true),
        ("a\\\nb c", ["ab", "c"], 5, true), ("a \\\n", ["a"], 4, false),
    ])
    func `the last word is where the cursor stands`(_ line: String, _ words: [String], _ start: Int, _ isWord: Bool) {
        let split = CommandWords(line)
        #expect(split.words == words && split.lastStart == start && split.endsInWord == isWord, "\(split)")
    }

    @Test(
        arguments: [
            ("search 'what", "'", false), ("search what's new", "'", true), (#"a "b 'c"#, "\"", false),
            ("a\\", "\\", false),
            ("it's 'so", nil, false), (#"'a\'"#, nil, false),
        ] as [(String, Unicode.Scalar?, Bool)])
    func `what is left open is told`(_ line: String, _ open: Unicode.Scalar?, _ isWithinWord: Bool) {
        let split = CommandWords(line)
        #expect(split.open == open && (open == nil || split.opensWithinWord == isWithinWord), "\(split)")
    }

    @Test(arguments: [
        ("search x | head", "|"), ("search x >y", ">"), ("a; b", nil), ("a ; b", ";"), ("a $(b)", "$("),
        ("a `b`", "$("),
        ("a '|' \">\" '$(x)' x&y", nil), ("a \"$(b)\"", "$("), (#"a \| b"#, nil), ("a b\nc | d", "\n"), ("a\n\n", nil),
        ("\na 'b\nc' \\\nd", nil),
    ])
    func `what a shell would act on is told`(_ line: String, _ operation: String?) {
        #expect(CommandWords(line).operation == operation)
    }

    @Test func `a home is put in place of a tilde that begins a word`() {
        let split = CommandWords("a ~/x '~/x' y~/x ~ @~/x", home: "/h")
        #expect(split.words == ["a", "/h/x", "~/x", "y~/x", "~", "@~/x"])
    }
}
