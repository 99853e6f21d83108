import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

/// What a file or a server may hold is read in a time that grows with its length: with its square, each of these would
/// take longer than a test is waited for.
@Suite struct LinearityTests {
    @Test func `names that Swift takes for one another are distinguished at once`() async throws {
        // Marks of different classes mean the same in any order.
        let names = (0..<20_000).map { number -> String in
            var marks: [Unicode.Scalar] = [
                "\u{334}", "\u{327}", "\u{31B}", "\u{316}", "\u{301}", "\u{315}", "\u{35C}", "\u{360}",
            ]
            var (name, rest) = ("a", number)
            while !marks.isEmpty {
                let (quotient, index) = rest.quotientAndRemainder(dividingBy: marks.count)
                name.unicodeScalars.append(marks.remove(at: index))
                rest = quotient
            }
            return name
        }
        #expect(names[0] == names[19_999])
        let count = try await onThread { Set(names.map(ExactText.init)).count }
        #expect(count == 20_000)
    }

    @Test func `very many secrets are hidden at once, and a long message is looked through at once`() async throws {
        let secrets = KnownSecrets()
        let shown = try await onThread {
            for number in 0..<20_000 { secrets.hide("secret-number-\(number)") }
            let url = "https://x.example/?k=secret-number-7 "
            return AddressMask.maskingAddresses(in: String(repeating: url, count: 200_000))
        }
        #expect(!shown.contains("number") && shown.utf8.count < 20_000)
        #expect(secrets.masked("it was secret-number-19999!") == "it was ***!")
    }

    @Test func `many secrets are looked for in a long text at once`() async throws {
        let secrets = KnownSecrets()
        let text = String(repeating: "secret-number-7 secret-number-", count: 100_000)
        let shown = try await onThread {
            // Many begin alike, so that the text is full of beginnings.
            for number in 0..<20_000 { secrets.hide("secret-number-\(number).") }
            // Each overlaps all others wherever it stands.
            for length in 0..<200 { secrets.hide(String(repeating: "a", count: 8 + length)) }
            return secrets.masked(text + String(repeating: "a", count: 1_000_000) + "secret-number-19999.")
        }
        #expect(shown.utf8.count == text.utf8.count + 6 && shown.hasSuffix("-******"))
    }
}
