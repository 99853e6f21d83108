/// What is due at which moment: a binary heap. Of what is due at the same moment, the first added comes first.
///
/// Moments are durations since some start: an `Instant` is opaque to the optimizer, which makes it slow to copy.
struct Agenda<Element> {
    /// By which the items are ordered: apart from the element, so that comparing does not count its references.
    private struct Place {
        let moment: Duration
        let number: Int

        func isBefore(_ other: Place) -> Bool {
            moment == other.moment ? number < other.number : moment < other.moment
        }
    }

    private struct Item {
        let place: Place
        let element: Element
    }

    private var items: [Item] = []
    private var lastNumber = 0

    /// When the first element is due.
    var next: Duration? { items.first?.place.moment }

    mutating func add(_ element: Element, at moment: Duration) {
        lastNumber += 1
        items.append(Item(place: Place(moment: moment, number: lastNumber), element: element))
        var child = items.count - 1
        while child > 0, case let parent = (child - 1) / 2, items[child].place.isBefore(items[parent].place) {
            items.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes the first element if it is due at `now`.
    mutating func removeFirst(dueBy now: Duration) -> Element? {
        guard let first = items.first, first.place.moment <= now else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return first.element }
        items[0] = last
        var parent = 0
        while case var child = 2 * parent + 1, child < items.count {
            if child + 1 < items.count, items[child + 1].place.isBefore(items[child].place) { child += 1 }
            guard items[child].place.isBefore(items[parent].place) else { break }
            items.swapAt(child, parent)
            parent = child
        }
        return first.element
    }
}
