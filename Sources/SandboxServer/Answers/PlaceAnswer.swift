import ParallelJSON

/// Made-up places. A preview, of which only the beginnings of the documentation are known.
enum PlaceAnswer {
    static func answer(to request: Request) throws -> JSONValue {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let path: FieldPath = ["body"]
        let query = check.member("query", of: body, at: path, required: true, as: RequestCheck.string(from: 1)) ?? ""
        let location =
            check.member("location", of: body, at: path, required: true, as: RequestCheck.string(from: 1)) ?? ""
        _ = check.member("mode", of: body, at: path, as: RequestCheck.choice(["fast", "advanced"]))
        try check.throwIfAny()
        let places = (1...3).map { number -> JSONValue in
            [
                "name": .string("Sandbox place \(number) for “\(query)”"),
                "url": .string("https://sandbox.parallel.example/place/\(number)"),
                "address": .string("\(number) Sandbox Street, \(location)"), "phone": "+1 555 0100",
                "latitude": .number(JSONNumber(37.7 + Double(number) / 100)), "longitude": -122.4,
                "distance_km": .number(JSONNumber(Double(number) / 2)), "rating": "high", "price_level": 2,
                "opening_hours": ["monday": [["opens": "09:00", "closes": "17:00"]]], "timezone": "America/Los_Angeles",
            ]
        }
        return ["search_id": .string(Identifier.make(SearchRequest.referencePrefix)), "results": .array(places)]
    }
}
