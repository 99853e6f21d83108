import ParallelSettings
import Testing

@Suite struct VariableReferenceTests {
    @Test(
        arguments: [
            ("plain", "plain"), ("${A}", "1"), ("x${A}y${B}z", "x1y2z"), ("${A}${A}", "11"), ("${N:-d}", "d"),
            ("${N:-}", ""), ("${EMPTY:-d}", "d"), ("${A:-d}", "1"), ("${N:-a:-b}", "a:-b"), ("$A", "$A"),
            ("${}", "${}"),
            ("${1A}", "${1A}"), ("${A-b}", "${A-b}"), ("${A", "${A"), ("${ÄA}", "${ÄA}"), ("$${A}", "$1"),
            ("é${A}", "é1"),
            ("${R}", "${A}"),
        ])
    func `references become values, once, and all else stays`(text: String, expected: String) throws {
        let environment = ["A": "1", "B": "2", "EMPTY": "", "R": "${A}"]
        #expect(try VariableReference.expand(text, environment) == expected)
    }

    @Test(arguments: [("${N}", "N"), ("${A} ${N} b", "N"), ("${EMPTY}", "EMPTY")])
    func `a variable without a value is an error that names it`(text: String, name: String) throws {
        let error = #expect(throws: VariableReference.Unset.self) {
            try VariableReference.expand(text, ["A": "1", "EMPTY": ""])
        }
        #expect(error?.variable == name)
    }

    @Test(arguments: [("${A-B}", true), ("${", true), ("${A:-${B}}", true), ("${A}", false), ("$A {B}", false)])
    func `what looks like a reference but is none is found`(text: String, isUnreadable: Bool) {
        #expect(VariableReference.hasUnreadableReference(text) == isUnreadable)
    }

    @Test(arguments: [
        ("plain $5 {env:A}", "plain $5 {env:A}"), ("${env:A}", "${A}"), ("x${env:A}y${env:B_1}", "x${A}y${B_1}"),
        ("${env:A:-d}", "${A:-d}"), ("${A} ${env:É}", "${A} ${env:É}"), ("${env:}", "${env:}"), ("${env:A", "${env:A"),
        ("${env:env:A}", "${env:env:A}"), ("${input:A}", "${input:A}"), ("$${env:A}é", "$${A}é"),
    ])
    func `a reference as other programs write it becomes one, and all else stays`(text: String, expected: String) {
        #expect(VariableReference.translated(text) == expected)
        #expect(VariableReference.translated(expected) == expected)
    }

    @Test(arguments: [
        ("A", true), ("_a1", true), ("", false), ("1A", false), ("A-B", false), ("A B", false), ("É", false),
    ])
    func `a variable's name has letters, digits and underscores`(name: String, isValid: Bool) {
        #expect(VariableReference.isValidName(name) == isValid)
    }
}
