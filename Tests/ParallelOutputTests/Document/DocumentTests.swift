import ParallelOutput
import Testing

@Suite struct DocumentTests {
    @Test func `a text is paragraphs divided by empty lines`() {
        #expect(Outline.of(Document.Block.paragraphs("a\r\nb\n\n\n c \n")) == "p[abrb] p[ c ]")
        #expect(Document.Block.paragraphs(" \n").isEmpty)
    }

    @Test func `values of one line stand before blocks, which they would seem to belong to`() {
        let list = Document.Block.list(.init(items: [[.paragraph([.text("1.5")])]]))
        let inner = Document.Field("geo", [.fields([.init("deep", [list]), .init("lat", [.paragraph([.text("1")])])])])
        let document = Document([
            .fields([.init("m", [list]), .init("e", []), inner, .init("when", [.paragraph([.text("now")])])])
        ])
        #expect(
            MarkdownRenderer.render(document) == """
                - **e:** –
                - **when:** now

                ## m

                - 1.5

                ## geo

                - **lat:** 1

                ### deep

                - 1.5

                """)
        #expect(
            TerminalRenderer.render(document, TerminalRenderer.Options(columns: 80)) == """
                e:    –
                when: now

                m:
                  • 1.5

                geo:
                  lat: 1

                  deep:
                    • 1.5

                """)
        let page = HTMLRenderer.page(document, title: "")
        let names = page.split(separator: "<").compactMap { part in
            part.hasPrefix("dt ") || part.hasPrefix("h2 ") || part.hasPrefix("h3 ")
                ? part.split(separator: ">").last : nil
        }
        #expect(names == ["e", "when", "m", "geo", "lat", "deep"])
        #expect(page.contains(#"<dt dir="auto">e</dt><dd dir="auto">–</dd>"#))
    }

    @Test func `what is masked is found in every place, across markup too`() {
        let secret = "s3cret"
        func mask(_ text: String) -> String {
            text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "•••")
        }
        let split: [Document.Inline] = [.text("s3"), .strong([.text("cr")]), .code("et")]
        let document = Document([
            .heading(1, split), .paragraph([.link([.text("l")], url: secret)]), .code(secret, language: secret),
            .list(.init(items: [[.quote([.paragraph(split)])]])), .rule,
            .table(.init(columns: [.init(secret)], rows: [[split]])),
            .fields([.init(secret, [.paragraph(split)], note: split)]),
            .sources([.init(number: 1, title: secret, url: secret, excerpts: [secret])]),
            .toolCalls(.init([.init(server: secret, tool: secret, arguments: secret, answer: secret, isError: false)])),
            .markdown("a \(secret)"), .markdown("an s3**cr**et"), .markdown("s3\\cret &#115;3cret"),
            .markdown("*kept*"),
        ])
        let masked = document.mapText(mask)
        let renderings = [
            TerminalRenderer.render(masked, TerminalRenderer.Options(columns: 80)),
            HTMLRenderer.page(masked, title: ""),
            MarkdownRenderer.render(masked),
        ]
        for text in renderings { #expect(!text.contains(secret), "\(text)") }
        #expect(masked.blocks.last == .markdown("*kept*"))
        #expect(document.mapText { $0 } == document)
    }
}

@Suite struct WebAddressTests {
    @Test(arguments: [
        ("https://x.y/z?a=b#c", "https://x.y/z?a=b#c"), ("HTTP://X.Y", "HTTP://X.Y"),
        ("https://x.y/é", "https://x.y/%C3%A9"),
        ("https://x.y/'a'", "https://x.y/%27a%27"), ("https://[::1]/", "https://[::1]/"),
    ]) func `web addresses become links`(_ url: String, _ target: String) {
        #expect(WebAddress.linkTarget(url) == target)
    }

    private static let long = "https://x.y/" + String(repeating: "a", count: 2_000)

    @Test(arguments: [
        "", "x.y", "//x.y", "javascript:alert(1)", " https://x.y", "https://", "https:///a", "https://?a",
        "https://a@b/",
        "https://x.y/ a", "https://x.y/\u{1B}", "https://x.y/\n", "https://x.y/\"", "https://x.y/<", "https://x.y/\\",
        "https://x.y/`", "https://x.y/\u{7F}", long,
    ]) func `others do not`(_ url: String) {
        #expect(WebAddress.linkTarget(url) == nil)
    }
}

@Suite struct TimeTextTests {
    /// 2026-11-29 10:00:00 UTC.
    private static let now = 1_795_946_400

    private static let ages: [(Int, String)] = [
        (0, "now"), (-3, "now"), (5, "5 s ago"), (59, "59 s ago"), (60, "1 min ago"), (3_599, "59 min ago"),
        (3_600, "1 h ago"), (86_399, "23 h ago"), (86_400, "28 Nov 10:00"), (25_920_000, "2 Feb 10:00"),
        (34_560_000, "25 Oct 2025"), (-90, "in 1 min"), (-172_800, "1 Dec 10:00"), (1_795_946_400, "1 Jan 1970"),
        (3_688_106_400, "16 Jan 1910"),
    ]

    @Test(arguments: ages) func `times are reported by their distance, or by their date`(_ age: Int, _ text: String) {
        #expect(TimeText.short(Self.now - age, now: Self.now, offset: 0) == text)
    }

    private static let offsets: [(Int, String)] = [
        (3_600, "28 Nov 11:00"), (-39_600, "27 Nov 23:00"), (50_400, "29 Nov 00:00"), (19_800, "28 Nov 15:30"),
    ]

    @Test(arguments: offsets) func `dates are local`(_ offset: Int, _ text: String) {
        #expect(TimeText.short(Self.now - 86_400, now: Self.now, offset: offset) == text)
    }

    @Test func `the time of day is local`() {
        let clocks = [0, 19_800, -39_600].map { TimeText.clock(Self.now + 48, offset: $0) }
        #expect(clocks == ["10:00:48", "15:30:48", "23:00:48"])
        #expect(TimeText.clock(-1, offset: 0) == "23:59:59" && TimeText.clock(Int.max, offset: 0).utf8.count == 8)
    }

    @Test func `an exact time is told in UTC`() {
        #expect(TimeText.exact(Self.now + 48) == "2026-11-29 10:00:48 UTC")
        #expect(TimeText.exact(-62_135_596_800) == "0001-01-01 00:00:00 UTC")
        #expect(TimeText.exact(Int.max) == nil && TimeText.exact(Int.min) == nil)
    }

    @Test func `times that no calendar has do no harm`() {
        for seconds in [Int.max, Int.min, 253_402_300_800] {
            #expect(TimeText.short(seconds, now: Self.now, offset: 0) == String(seconds))
        }
        #expect(TimeText.short(-62_135_596_800, now: Self.now, offset: 0) == "1 Jan 1")
    }
}
