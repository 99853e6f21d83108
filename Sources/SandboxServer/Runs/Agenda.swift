/// What is due at which moment: a binary heap. Of what is due at the same moment, the first added comes first.
struct Agenda<Element> {
    private struct Item {
        let moment: ContinuousClock.Instant
        let number: Int
        let element: Element

        func isBefore(_ other: Item) -> Bool { (moment, number) < (other.moment, other.number) }
    }

    private var items: [Item] = []
    private var lastNumber = 0

    /// When the first element is due.
    var next: ContinuousClock.Instant? { items.first?.moment }

    mutating func add(_ element: Element, at moment: ContinuousClock.Instant) {
        lastNumber += 1
        items.append(Item(moment: moment, number: lastNumber, element: element))
        var child = items.count - 1
        while child > 0, case let parent = (child - 1) / 2, items[child].isBefore(items[parent]) {
            items.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes the first element if it is due at `now`.
    mutating func removeFirst(dueBy now: ContinuousClock.Instant) -> Element? {
        guard let first = items.first, first.moment <= now else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return first.element }
        items[0] = last
        var parent = 0
        while case var child = 2 * parent + 1, child < items.count {
            if child + 1 < items.count, items[child + 1].isBefore(items[child]) { child += 1 }
            guard items[child].isBefore(items[parent]) else { break }
            items.swapAt(child, parent)
            parent = child
        }
        return first.element
    }
}
