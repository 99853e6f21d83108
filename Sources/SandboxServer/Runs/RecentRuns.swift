/// Runs and groups as the sandbox's page shows them, the newest last.
struct RecentRuns: Sendable {
    static let limit = 200

    /// Another number with every change of any run or group.
    let version: Int
    /// The last runs that are in no group.
    let runs: [RunRecord]
    let groups: [TaskGroup]
}

/// The items that were added last to a list.
struct LastItems<Item> {
    private var items: [Item] = []

    /// The last items, the newest last.
    var last: ArraySlice<Item> { items.suffix(RecentRuns.limit) }

    mutating func append(_ item: Item) {
        // Some more are kept, so that the list is not moved for each.
        if items.count >= 2 * RecentRuns.limit { items.removeFirst(RecentRuns.limit) }
        items.append(item)
    }
}
