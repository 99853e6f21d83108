import ParallelSystem

/// What the value of a field looks like: what a JSON Schema `format` names, or what the words of a field's name or
/// description are about.
enum FieldMeaning: String, CaseIterable {
    /// Free text, whatever else its name may say.
    case prose
    case email, url, host, phone, date, dateTime, time, duration, ipv4, ipv6, uuid
    case year, person, employees, population, rating, price, percent, money, age, latitude, longitude, count
    case ticker, currency, country, city, company, industry

    init?(format: String) {
        switch format {
        case "date": self = .date
        case "date-time": self = .dateTime
        case "time": self = .time
        case "duration": self = .duration
        case "email": self = .email
        case "hostname": self = .host
        case "ipv4": self = .ipv4
        case "ipv6": self = .ipv6
        case "uri", "url", "iri", "uri-reference": self = .url
        case "uuid": self = .uuid
        default: return nil
        }
    }

    /// Reads the words of the name, and if they say nothing, the first few of the description. The rest of a
    /// description often names things that the field is not.
    init?(name: String, description: String) {
        let beginning = description.split(separator: " ").prefix(4).joined(separator: " ")
        guard let meaning = Self.read(Self.words(in: name)) ?? Self.read(Self.words(in: beginning)),
            meaning != .prose
        else { return nil }
        self = meaning
    }

    /// Returns the meaning of the first case that one of the words stands for.
    private static func read(_ words: Set<String>) -> FieldMeaning? {
        words.compactMap { places[$0] }.min().map { allCases[$0] }
    }

    /// The place of the first case that a word stands for.
    private static let places: [String: Int] = {
        var places: [String: Int] = [:]
        for (place, meaning) in allCases.enumerated() {
            for word in meaning.words where places[word] == nil { places[word] = place }
        }
        return places
    }()

    /// Returns the words of a text in lower case; `foundedYear`, `founded_year` and `Founded year` have the same two.
    private static func words(in text: String) -> Set<String> {
        var words: Set<String> = []
        var word = ""
        var wasLower = false
        for character in text {
            if !character.isLetter || character.isUppercase && wasLower {
                words.insert(word)
                word = ""
            }
            if character.isLetter { word += character.lowercased() }
            wasLower = character.isLowercase
        }
        words.insert(word)
        return words
    }

    private var words: [String] {
        switch self {
        case .prose:
            [
                "summary", "description", "overview", "reason", "reasoning", "note", "notes", "answer", "text", "title",
                "details", "analysis", "explanation", "comment", "history", "biography", "background", "mission",
                "what",
                "why", "how",
            ]
        case .email: ["email", "mail", "emails"]
        case .url: ["url", "urls", "website", "websites", "homepage", "link", "links", "linkedin", "site"]
        case .host: ["domain", "domains", "hostname"]
        case .phone: ["phone", "telephone", "mobile", "fax"]
        case .date: ["date", "dates", "day", "deadline", "birthday"]
        case .year: ["year", "founded", "founding", "established", "incorporated"]
        case .person:
            [
                "ceo", "cto", "cfo", "coo", "cmo", "chairman", "chairwoman", "president", "director", "person",
                "people",
                "founder", "founders", "cofounder", "cofounders", "author", "authors", "executive", "executives",
                "contact", "owner",
            ]
        case .employees: ["employees", "employee", "headcount", "staff", "workforce"]
        case .population: ["population", "users", "customers", "subscribers", "followers", "visitors"]
        case .percent: ["percent", "percentage", "share", "rate", "growth", "margin", "ratio"]
        case .rating: ["rating", "ratings", "score", "stars"]
        case .price: ["price", "prices", "pricing", "cost", "fee"]
        case .money:
            ["revenue", "revenues", "funding", "valuation", "turnover", "profit", "income", "gdp", "capital", "raised"]
        case .age: ["age"]
        case .latitude: ["latitude", "lat"]
        case .longitude: ["longitude", "lng", "lon"]
        case .count: ["count", "number", "total", "quantity"]
        case .ticker: ["ticker", "symbol"]
        case .currency: ["currency"]
        case .country: ["country", "countries", "nation", "nationality"]
        case .city: ["city", "cities", "headquarters", "headquarter", "hq", "location", "locations", "address"]
        case .company:
            [
                "company", "companies", "organization", "organisation", "employer", "competitor", "competitors",
                "vendor",
                "vendors", "supplier", "investor", "investors", "manufacturer",
            ]
        case .industry: ["industry", "industries", "sector", "sectors", "category"]
        case .dateTime, .time, .duration, .ipv4, .ipv6, .uuid: []
        }
    }

    /// Returns a number that fits, different for most values of `choice` (0 or more); nil if no number does.
    func number(_ choice: Int) -> Double? {
        func from(_ range: ClosedRange<Int>) -> Double { Double(range.lowerBound + choice % range.count) }
        switch self {
        case .date, .year: return from(1950...2024)
        case .employees: return from(12...48_000)
        case .population: return from(1_000...9_000_000)
        case .percent: return from(10...990) / 10
        case .rating: return from(20...50) / 10
        case .price: return from(5...500) - 0.01
        case .money: return from(1...900) * 1_000_000
        case .age: return from(18...90)
        case .latitude: return from(-60_000...70_000) / 1000
        case .longitude: return from(-180_000...180_000) / 1000
        case .count: return from(1...100)
        default: return nil
        }
    }

    /// Returns a text that fits, different for most values of `choice` (0 or more); nil if only a number does.
    ///
    /// Hosts and addresses are from ranges reserved for examples, and the names of companies are made up.
    func text(_ choice: Int) -> String? {
        func one(of words: [String], _ divisor: Int = 1) -> String { words[choice / divisor % words.count] }
        let number = 1 + choice % 28
        let date = "2026-01-\(number < 10 ? "0" : "")\(number)"
        switch self {
        case .date: return date
        case .dateTime: return date + "T12:00:00Z"
        case .time: return "12:00:00Z"
        case .duration: return "P\(number)D"
        case .email: return "sandbox\(number)@sandbox.parallel.example"
        case .host: return "sandbox.parallel.example"
        case .ipv4: return "192.0.2.\(number)"
        case .ipv6: return "2001:db8::\(number)"
        case .url: return "https://sandbox.parallel.example/\(number)"
        case .uuid: return "00000000-0000-4000-8000-0000000000\(number + 10)"
        case .phone: return "+1 202 555 01\(number + 10)"
        case .year, .age: return self.number(choice).map { String(Int($0)) }
        case .person: return one(of: Self.firstNames) + " " + one(of: Self.lastNames, 7)
        case .percent: return self.number(choice).map { "\($0) %" }
        case .price: return self.number(choice).map { "$\($0)" }
        case .money: return self.number(choice).map { "$\(Int($0 / 1_000_000)) million" }
        case .ticker: return one(of: ["SBXA", "SBXB", "SBXC", "SBXD", "SBXE"])
        case .currency: return one(of: ["USD", "EUR", "GBP", "JPY", "CHF"])
        case .country: return Self.towns[choice % Self.towns.count].country
        case .city:
            let place = Self.towns[choice % Self.towns.count]
            return "\(place.city), \(place.country)"
        case .company:
            return one(of: ["Sandbox", "Example", "Placeholder", "Specimen"]) + one(of: [" Inc", " AG", " Ltd"], 4)
        case .industry: return one(of: ["Software", "Logistics", "Energy", "Retail", "Health care", "Finance"])
        case .prose, .employees, .population, .rating, .latitude, .longitude, .count: return nil
        }
    }

    private static let firstNames = [
        "Ada", "Bruno", "Chidi", "Dana", "Elif", "Farid", "Grace", "Hiro", "Ines", "Jonas",
    ]
    private static let lastNames = ["Sandberg", "Sandhu", "Sandoval", "Sanders", "Sandström", "Sandor", "Sands"]
    private static let towns: [(city: String, country: String)] = [
        ("Paris", "France"), ("Berlin", "Germany"), ("Osaka", "Japan"), ("Toronto", "Canada"),
        ("Austin", "United States"), ("Bern", "Switzerland"), ("Recife", "Brazil"), ("Nairobi", "Kenya"),
    ]
}
