/// A queue of elements ordered by the time they are due: a binary heap. Elements due at the same time keep the order in
/// which they were added.
///
/// Times are durations since some start, because an `Instant` is opaque to the optimizer and so slow to copy.
struct TimerQueue<Element> {
    /// The sort key, separate from the element, so that comparisons don't retain and release the element.
    private struct Key {
        let time: Duration
        let number: Int

        func isBefore(_ other: Key) -> Bool {
            time == other.time ? number < other.number : time < other.time
        }
    }

    private struct Item {
        let key: Key
        let element: Element
    }

    private var items: [Item] = []
    private var lastNumber = 0

    /// The time when the first element is due; nil if there is none.
    var next: Duration? { items.first?.key.time }

    mutating func add(_ element: Element, at time: Duration) {
        lastNumber += 1
        items.append(Item(key: Key(time: time, number: lastNumber), element: element))
        var child = items.count - 1
        while child > 0, case let parent = (child - 1) / 2, items[child].key.isBefore(items[parent].key) {
            items.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes and returns the first element if it is due at `now`.
    mutating func removeFirst(dueBy now: Duration) -> Element? {
        guard let first = items.first, first.key.time <= now else { return nil }
        let last = items.removeLast()
        guard !items.isEmpty else { return first.element }
        items[0] = last
        var parent = 0
        while case var child = 2 * parent + 1, child < items.count {
            if child + 1 < items.count, items[child + 1].key.isBefore(items[child].key) { child += 1 }
            guard items[child].key.isBefore(items[parent].key) else { break }
            items.swapAt(child, parent)
            parent = child
        }
        return first.element
    }
}
