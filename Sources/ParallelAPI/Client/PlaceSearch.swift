import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// A search for places: request, prices and answer. All that is known of it is in this file.
///
/// A preview: only the beginnings of its documentation could be read (November 2026). What an answer is called and made
/// of is a guess from there, so it is read leniently and printed as it came.
package struct PlaceSearch: Sendable {
    package var query = ""
    /// A city, a neighbourhood, an address or a postal code.
    package var location = ""
    package var mode = "fast"

    package init() {}

    /// The modes with the price of 1,000 searches in whole USD, where it is known.
    package static let modes: [(name: String, usdPer1000: Int?)] = [("fast", 1), ("advanced", nil)]

    package var cost: Cost? {
        Self.modes.first { $0.name == mode }?.usdPer1000.map { Cost(thousandths: $0) }
    }

    /// Throws for what can't be right. Limits of lengths are not documented.
    package func check() throws(InvalidRequest) {
        if query.isBlank { throw InvalidRequest("the query is empty") }
        if location.isBlank { throw InvalidRequest("the place is empty") }
    }

    package var json: JSONValue {
        ["query": .string(query), "location": .string(location), "mode": .string(mode)]
    }

    /// Returns the places of an answer: the first member of it that is a list of objects.
    package static func places(in answer: JSONValue) -> [JSONValue] {
        let lists = (answer.object?.members ?? []).compactMap(\.value.array)
        return lists.first { !$0.isEmpty && $0.allSatisfy { $0.object != nil } } ?? []
    }

    /// The members of a place that are shown, with the headings of their columns.
    package static let columns: [(heading: String, members: [String])] = [
        ("name", ["name", "title"]), ("address", ["address", "formatted_address"]), ("phone", ["phone"]),
        ("km", ["distance_km"]), ("rating", ["rating", "rating_tier"]), ("price", ["price_level"]),
        ("url", ["url", "website"]),
    ]
}

extension Endpoint {
    /// Searching again creates nothing.
    package static let searchPlaces = Endpoint(.post, ["v1", "places", "search"])
}
