import ParallelTerminal
import Testing

@Suite(.timeLimit(.minutes(10))) struct ProgressLineTests {
    private let state = ProgressLine.State(
        frame: 1, elapsed: .seconds(65), status: "running", message: "Comparing 日本 sources\u{1B}[31m", sourcesRead: 12)

    @Test(arguments: [
        (120, "⠙ 1:05 running · 12 sources · Comparing 日本 sources␛[31m"),
        (50, "⠙ 1:05 running · 12 sources · Comparing 日本 sou…"),
        (40, "⠙ 1:05 running · 12 sources · Comparin…"),
        (30, "⠙ 1:05 running · 12 sources"),
        (28, "⠙ 1:05 running · 12 sources"),
        (27, "⠙ 1:05 running"),
        (15, "⠙ 1:05 running"),
        (14, "⠙ running"),
        (10, "⠙ running"),
        (9, "⠙ runni…"),
        (2, "…"),
        (1, ""),
        (0, ""),
    ])
    func `a narrow terminal gets fewer details`(_ columns: Int, _ line: String) {
        #expect(ProgressLine.draw(state, columns: columns) == line)
    }

    private let full = ProgressLine.State(
        frame: 1, elapsed: .seconds(65), status: "running", message: "Comparing sources", sourcesRead: 12,
        percent: 45.9,
        total: 3, usualTime: "2 to 10 min")

    @Test(arguments: [
        (
            120,
            "⠙ 1:05 running · 0/3 [####------] · 12 sources · usually 2 to 10 min · Comparing sources"
        ),
        (81, "⠙ 1:05 running · 0/3 [####------] · 12 sources · usually 2 to 10 min · Comparin…"),
        (80, "⠙ 1:05 running · 0/3 [####------] · 12 sources · Comparing sources"),
        (59, "⠙ 1:05 running · 0/3 [####------] · 12 sources · Comparin…"),
        (58, "⠙ 1:05 running · 0/3 [####------] · 12 sources"),
        (46, "⠙ 1:05 running · 0/3 [####------]"), (33, "⠙ 1:05 running · 0/3"), (20, "⠙ 1:05 running"),
    ])
    func `what the run does and has done outlives what is usual`(_ columns: Int, _ line: String) {
        #expect(ProgressLine.draw(full, columns: columns) == line)
    }

    @Test(arguments: [
        (-1e300, "[----------]"), (0, "[----------]"), (99.9, "[#########-]"), (100, "[##########]"),
        (1e300, "[##########]"),
    ])
    func `the bar is full only at the end, whatever the server says`(_ percent: Double, _ bar: String) {
        #expect(ProgressLine.draw(.init(status: "x", percent: percent), columns: 80) == "⠋ 0:00 x \(bar)")
    }

    @Test func `a meter that is no number draws no bar`() {
        #expect(ProgressLine.draw(.init(status: "x", percent: .nan), columns: 80) == "⠋ 0:00 x")
    }

    @Test(arguments: 0...120)
    func `the line never reaches the last column`(_ columns: Int) {
        #expect(ProgressLine.draw(state, columns: columns).displayWidth <= max(0, columns - 1))
        #expect(ProgressLine.draw(full, columns: columns).displayWidth <= max(0, columns - 1))
    }

    @Test(arguments: [
        (Duration.zero, "0:00"), (.milliseconds(7900), "0:07"), (.seconds(754), "12:34"), (.seconds(3723), "1:02:03"),
        (.seconds(-5), "0:00"),
    ])
    func `time is shown as a clock`(_ elapsed: Duration, _ text: String) {
        #expect(ProgressLine.draw(.init(elapsed: elapsed, status: "queued"), columns: 80) == "⠋ \(text) queued")
    }

    @Test func `every frame turns the spinner`() {
        let pictures = (-1...20).map { ProgressLine.draw(.init(frame: $0, status: "x"), columns: 80).prefix(1) }
        #expect(Set(pictures).count == 10)
        #expect(zip(pictures, pictures.dropFirst()).allSatisfy { $0 != $1 })
    }

    @Test func `notes stand above the line, and without a line it is erased`() {
        let streams = Streams.captured()
        let erase = "\r\u{1B}[K"
        streams.setStatus("a")
        streams.setStatus("b")
        streams.note("news")
        streams.setStatus(nil)
        streams.note("end")
        #expect(streams.capturedError == "a\(erase)b\(erase)news\nb\(erase)end\n")
    }

    @Test func `concurrent notes come out whole`() async {
        let streams = Streams.captured()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask { streams.note("note \(number)") }
                group.addTask { streams.setStatus("x") }
            }
        }
        streams.setStatus(nil)
        let lines = streams.capturedError.split(separator: "\n").map { $0.split(separator: "\u{1B}[K").last ?? "" }
        let notes = lines.filter { $0.hasPrefix("note ") }
        #expect(Set(notes).count == 50)
    }
}
