import ParallelAPI
import Testing

@testable import ParallelCLI

struct ProcessorTextTests {
    @Test(arguments: [
        ("lite", "processor lite, about $0.005, 10 to 60 s"), ("base", "processor base, about $0.01, 15 to 100 s"),
        ("core", "processor core, about $0.025, 1 to 5 min"),
        ("core2x-fast", "processor core2x-fast, about $0.05, 15 s to 3 min"),
        ("pro", "processor pro, about $0.10, 2 to 10 min"),
        ("pro-fast", "processor pro-fast, about $0.10, 30 s to 5 min"),
        ("ultra4x", "processor ultra4x, about $1.20, 5 to 90 min"),
        ("ultra8x", "processor ultra8x, about $2.40, 5 min to 2 h"),
        ("ultra8x-fast", "processor ultra8x-fast, about $2.40, 1 min to 1 h"), ("tomorrow", "processor tomorrow"),
    ])
    func `a processor is told with its price and its usual time`(name: String, text: String) {
        #expect(ProcessorText.terms(of: name) == text)
    }

    @Test(arguments: [
        ("base", nil, ShownEvents.none), ("core2x-fast", nil, .none), ("pro", nil, .onProgressLine),
        ("ultra8x-fast", nil, .onProgressLine),
        ("tomorrow", nil, .none), ("pro", false, .none), ("base", true, .all), ("pro", true, .all),
    ])
    func `on a terminal, events are shown where they are recorded anyway`(
        name: String, events: Bool?, shown: ShownEvents
    ) {
        var options = TaskOptions()
        options.processor = name
        options.events = events
        #expect(options.shownEventsOnTerminal == shown)
        options.mcpNames = ["crm"]
        #expect(options.shownEventsOnTerminal == (events == nil && shown == .none ? .toolCalls : shown))
    }

    @Test func `the topic tells the price and time of every processor and mode`() throws {
        let topic = try #require(HelpTopic.named("processors"))
        let text = HelpText(.program, .documentation(columns: 120)).text(of: topic)
        #expect(text.contains("ultra8x  $2.40 a run, 5 min to 2 h; as ultra8x-fast 1 min to 1 h"), "\(text)")
        for name in Processor.standard + SearchRequest.modes { #expect(text.contains("\n  \(name) "), "\(name)") }
        #expect(text.contains("$1 per 1,000 searches") && text.contains("$5 per 1,000 searches"))
    }
}
