/// Every run of the server, and who waits for one to change.
///
/// All operations take constant time but for the waiters of one run, which wake in the order they came.
actor RunStore {
    struct Entry {
        var record: RunRecord
        var polls = 0
        var streams = 0
        var waiters: [(token: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private(set) var entries: [String: Entry] = [:]
    /// The runs of each group, in the order they were added.
    private var groups: [String: [String]] = [:]
    private var lastToken = 0
    private var refusals: [[UInt8]: Int] = [:]

    func add(_ request: TaskRunRequest, toGroup groupID: String? = nil) -> RunRecord {
        let record = RunRecord(request, groupID: groupID)
        entries[record.id] = Entry(record: record)
        if let groupID { groups[groupID, default: []].append(record.id) }
        return record
    }

    /// Makes a group without runs and returns its id.
    func addGroup() -> String {
        let id = Identifier.make("tgrp_")
        groups[id] = []
        return id
    }

    /// The runs of a group as they stand; nil when there is no such group.
    func runs(ofGroup id: String) -> [RunRecord]? { groups[id]?.compactMap { entries[$0]?.record } }

    func record(_ id: String) -> RunRecord? { entries[id]?.record }

    /// Changes a run, wakes everyone who waits for it and returns it as it is then.
    @discardableResult
    func update(_ id: String, _ change: @Sendable (inout RunRecord) -> Void) -> RunRecord? {
        guard var entry = entries.removeValue(forKey: id) else { return nil }
        change(&entry.record)
        entry.record.version += 1
        entry.record.modifiedAt = WallClock.timestamp()
        for waiter in entry.waiters { waiter.continuation.resume() }
        entry.waiters = []
        entries[id] = entry
        return entry.record
    }

    /// The run as soon as its version is above `version`, or as it stands at `deadline` or on cancellation.
    func record(_ id: String, changedSince version: Int, by deadline: ContinuousClock.Instant) async -> RunRecord? {
        guard let record = entries[id]?.record else { return nil }
        if record.version > version || .now >= deadline || Task.isCancelled { return record }
        lastToken += 1
        let token = lastToken
        let alarm = Task {
            guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
            wake(token, of: id)
        }
        defer { alarm.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { entries[id]?.waiters.append((token, $0)) }
        } onCancel: {
            Task { await wake(token, of: id) }
        }
        return entries[id]?.record
    }

    private func wake(_ token: Int, of id: String) {
        guard let index = entries[id]?.waiters.firstIndex(where: { $0.token == token }) else { return }
        entries[id]?.waiters.remove(at: index).continuation.resume()
    }

    // MARK: - Counting scripted faults

    /// The fault of this request for the result, which counts as one.
    func takePollFault(_ id: String) -> Fault? {
        guard let entry = entries[id] else { return nil }
        entries[id]?.polls += 1
        return entry.record.request.scenario.polls[entry.polls]
    }

    /// The fault of this request for the event stream, which counts as one.
    func takeStreamFault(_ id: String) -> Fault? {
        guard let entry = entries[id] else { return nil }
        entries[id]?.streams += 1
        return entry.record.request.scenario.streams[entry.streams]
    }

    /// The fault of this creation. Requests with the same body count together, as those of a retrying client do, and
    /// start over once one was let through.
    func takeCreationFault(of body: [UInt8], plan: FaultPlan) -> Fault? {
        guard plan[0] != nil else { return nil }
        let count = refusals[body] ?? 0
        let fault = plan[count]
        refusals[body] = fault?.refusesRequest == true ? count + 1 : nil
        return fault
    }
}
