import ParallelCLI
import ParallelHTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ImagesAndPlacesTests {
    private static let images =
        #"{"search_id":"s","results":[{"title":"Bridge","image_url":"https://a.example/1.jpg","source_page_url":"#
        + #""https://a.example/","width":1920,"height":1080},{"title":null,"image_url":"https://a.example/2.jpg","#
        + #""source_page_url":"https://a.example/2","width":null,"height":null}],"warnings":[{"message":"odd"}]}"#

    @Test func `images are rows, and every flag is in the request`() async {
        let run = await CommandRun(
            [
                "images", "a b", "c", "--objective", "why?", "--mode", "advanced", "--limit", "5", "--location", "GB",
                "--session-id", "s", "--client-model", "m",
            ], [.init(.post, "/v1/images/search", body: Self.images)])
        #expect(run.code == .success && run.errors == "warning: odd\n")
        #expect(
            run.sentBody
                == #"{"objective":"why?","search_queries":["a b","c"],"mode":"advanced","session_id":"s","client_model":"m","#
                + #""advanced_settings":{"location":"gb","max_results":5}}"#)
        #expect(
            run.output == """
                Bridge\t1920x1080\thttps://a.example/1.jpg\thttps://a.example/
                \t\thttps://a.example/2.jpg\thttps://a.example/2

                """)
    }

    @Test func `the cheap mode is the default of both, and what is searched can be shown`() async {
        let images = await CommandRun(["images", "x", "--dry-run"])
        #expect(images.errors.hasPrefix("nothing is sent; the search would be in the mode fast, about $0.001\n"))
        #expect(images.output.contains(#""body":{"search_queries":["x"],"mode":"fast"}"#))
        let places = await CommandRun(["places", "x", "--near", "94110", "--dry-run"])
        #expect(places.output.contains(#""body":{"query":"x","location":"94110","mode":"fast"}"#))
        let dear = await CommandRun(["places", "x", "--near", "94110", "--mode", "advanced", "--dry-run"])
        #expect(dear.errors.contains("whose price is not known"))
    }

    @Test func `too many queries or images are told before they are paid for`() async {
        let run = await CommandRun(["images", "a", "b", "c", "d", "--limit", "30", "--dry-run"])
        #expect(run.errors.contains("queries after the third") && run.errors.contains("at most 20 images"))
    }

    @Test(arguments: [
        ["images", "a", "b", "c", "d", "e", "f"], ["images", " "], ["images", "x", "--mode", "turbo"],
        ["images", String(repeating: "q", count: 201)], ["images"], ["places", "x"], ["places", " ", "--near", "y"],
        ["places", "x", "--near", ""], ["places", "x", "--near", "y", "--mode", "basic"],
        ["images", "x", "--limit", "0"],
    ])
    func `bad input is refused before the network`(_ words: [String]) async {
        let run = await CommandRun(words)
        #expect(run.code == .usage && run.output == "" && run.errors.hasPrefix("error: "))
    }

    @Test func `places are read from whatever the answer calls them`() async {
        let answer =
            #"{"id":"x","places":[{"name":"Shop","address":"1 Street","phone":"+1 555","distance_km":0.50,"#
            + #""rating":"high","price_level":2,"url":"https://a.example/","new":[1]},{"title":"Other"}]}"#
        let exchange = ScriptedTransport.Exchange(.post, "/v1/places/search", body: answer)
        let run = await CommandRun(["places", "shop", "--near", "Mitte, Berlin"], [exchange])
        #expect(run.output == "Shop\t1 Street\t+1 555\t0.50\thigh\t2\thttps://a.example/\nOther\t\t\t\t\t\t\n")
        let json = await CommandRun(["places", "shop", "--near", "Berlin", "--json"], [exchange])
        #expect(json.output == answer + "\n")
        let odd = await CommandRun(
            ["places", "shop", "--near", "Berlin"], [.init(.post, "/v1/places/search", body: #"{"places":[]}"#)])
        #expect(odd.code == .success && odd.output == "" && odd.errors == "no places\n")
    }
}
