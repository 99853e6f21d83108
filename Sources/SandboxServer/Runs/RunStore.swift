import ParallelJSON

/// All runs and groups of the server: it advances them in time and wakes the clients that wait for changes.
///
/// One queue holds the next step of every run, so that a hundred thousand runs cost no more than their entries. Every
/// query first executes all steps that are due.
actor RunStore {
    private final class Run {
        var record: RunRecord
        let group: Group?
        /// The time of creation, since the start of the store.
        let creation: Duration
        /// The time from creation to the end, in seconds.
        let delay: Double
        let steps: [RunPlan.Entry]
        var nextStep = 0
        var polls = 0
        var streams = 0
        var waiters: [Int] = []
        /// Whether the run's price is reserved.
        var isReserved = false

        init(_ record: RunRecord, in group: Group?, at creation: Duration, delay: Double) {
            self.record = record
            self.group = group
            self.creation = creation
            self.delay = delay
            steps = RunPlan.steps(of: record.request)
        }
    }

    private final class Group {
        var state: TaskGroup
        /// The runs in the order they were added, and those that ended in the order they ended. Both lists only grow.
        var runs: [Run] = []
        var ended: [Run] = []
        /// The status that is returned for an addition without `refresh_status`.
        var knownStatus: JSONValue
        var waiters: [Int] = []

        init(_ state: TaskGroup) {
            self.state = state
            knownStatus = state.status
        }
    }

    /// The time from creation to the end, in seconds, if a scenario sets none.
    private let defaultDelay: Double
    private let log: TrafficLog?
    private let faults: ScriptedFaults?
    /// Calls the tools of a run, then `continueAfterToolCalls(_:)`.
    private let callTools: @Sendable (RunRecord) -> Void
    /// Tells the webhook of a run that has ended.
    private let callWebhook: @Sendable (RunRecord) -> Void

    private var account: Account
    private var runs: [String: Run] = [:]
    private var groups: [String: Group] = [:]
    /// The runs of no group, and the groups.
    private var lastRuns = LastItems<Run>()
    private var lastGroups = LastItems<Group>()
    /// Incremented with every change of a run or group.
    private var changes = 0
    /// The start of the queue's time.
    private let start = ContinuousClock.now
    private var queue = TimerQueue<Run>()
    private var alarm: (time: Duration, task: Task<Void, Never>)?
    private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    private var lastToken = 0
    private var refusedCreations: [[UInt8]: Int] = [:]
    private var quota: RunQuota?
    private var memory = MemoryEntries()

    /// - Parameter balance: the account's credit in thousandths of a dollar; nil if there is no limit.
    init(
        defaultDelay: Double, balance: Int? = nil, log: TrafficLog? = nil, faults: ScriptedFaults? = nil,
        quota: RunQuota? = nil, callTools: @escaping @Sendable (RunRecord) -> Void = { _ in },
        callWebhook: @escaping @Sendable (RunRecord) -> Void = { _ in }
    ) {
        self.defaultDelay = defaultDelay
        self.log = log
        self.faults = faults
        self.quota = quota
        self.callTools = callTools
        self.callWebhook = callWebhook
        account = Account(balance: balance)
    }

    /// Cancels the timer; from then on runs advance only when they are queried.
    func stop() { alarm?.task.cancel() }

    // MARK: - Runs

    /// Adds a run and reserves its price. Throws the API's 402 if the account doesn't have it, and its 429 if there are
    /// too many runs.
    func add(_ request: TaskRunRequest) throws(APIFailure) -> RunRecord {
        advance()
        guard account.canPay(request.processor.price) else { throw .insufficientCredit }
        try quota?.take(1, at: now)
        _ = account.reserve(request.processor.price)
        let run = add(request, to: nil, at: now, WallClock.timestamp(), rules: faults?.runRules() ?? [])
        run.isReserved = true
        scheduleNextAdvance()
        return run.record
    }

    /// Whether the account has `price`, for what is no run of this store.
    func canPay(_ price: Int) -> Bool { account.canPay(price) }

    /// Takes `price` from the account.
    func pay(_ price: Int) { if account.reserve(price) { account.settle(price, isBilled: true) } }

    func record(_ id: String) -> RunRecord? {
        advance()
        return runs[id]?.record
    }

    /// Returns the run as soon as its version is above `version`; at `deadline` or on cancellation, returns it
    /// unchanged.
    func record(_ id: String, changedSince version: Int, by deadline: ContinuousClock.Instant) async -> RunRecord? {
        advance()
        guard let run = runs[id] else { return nil }
        if run.record.version <= version, .now < deadline, !Task.isCancelled {
            let token = nextToken()
            run.waiters.append(token)
            await wait(token, until: deadline)
            run.waiters.removeAll { $0 == token }
        }
        return run.record
    }

    /// Changes a run, wakes all who wait for it and returns it.
    @discardableResult
    func update(_ id: String, _ change: (inout RunRecord) -> Void) -> RunRecord? {
        guard let run = runs[id] else { return nil }
        update(run, at: WallClock.timestamp(), change)
        return run.record
    }

    /// Continues a run after its tools were called.
    func continueAfterToolCalls(_ id: String) {
        guard let run = runs[id] else { return }
        scheduleNextStep(of: run)
        scheduleNextAdvance()
    }

    /// Passes the memory, with what has ended by now, to `body`.
    func memory<Value>(_ body: (inout MemoryEntries) -> Value) -> Value {
        advance()
        return body(&memory)
    }

    /// Returns what was created last.
    func recent() -> RecentRuns {
        advance()
        return RecentRuns(version: changes, runs: lastRuns.last.map(\.record), groups: lastGroups.last.map(\.state))
    }

    // MARK: - Groups

    func addGroup(metadata: JSONObject? = nil) -> TaskGroup {
        let group = Group(TaskGroup(metadata: metadata))
        groups[group.state.id] = group
        lastGroups.append(group)
        changes += 1
        return group.state
    }

    func group(_ id: String) -> TaskGroup? {
        advance()
        guard let group = groups[id] else { return nil }
        group.knownStatus = group.state.status
        return group.state
    }

    /// Returns the group as soon as its version is above `version`; at `deadline` or on cancellation, returns it
    /// unchanged.
    func group(_ id: String, changedSince version: Int, by deadline: ContinuousClock.Instant) async -> TaskGroup? {
        advance()
        guard let group = groups[id] else { return nil }
        if group.state.version <= version, .now < deadline, !Task.isCancelled {
            let token = nextToken()
            group.waiters.append(token)
            await wait(token, until: deadline)
            group.waiters.removeAll { $0 == token }
        }
        return group.state
    }

    /// The result of adding runs to a group.
    struct Addition: Sendable {
        let ids: [String]
        /// The numbers of runs and of ended runs before the addition.
        let runs: Int
        let endings: Int
        let status: JSONValue
    }

    /// Adds runs in order; returns nil if there is no such group.
    ///
    /// Throws the API's 402 if the account doesn't have the price of all of them now, and its 429 if they are too many.
    /// Nothing is reserved: each run does that when it begins.
    func add(
        _ requests: [TaskRunRequest], toGroup id: String, refreshingStatus: Bool = true
    ) throws(APIFailure) -> Addition? {
        advance()
        guard let group = groups[id] else { return nil }
        guard account.canPay(requests.reduce(0) { $0 + $1.processor.price }) else { throw .insufficientCredit }
        try quota?.take(requests.count, at: now)
        let before = (runs: group.runs.count, endings: group.ended.count)
        let now = now
        let time = WallClock.timestamp()
        let rules = faults?.runRules() ?? []
        let ids = requests.map { add($0, to: group, at: now, time, rules: rules).record.id }
        changed(group, at: time)
        if refreshingStatus {
            advance()
            group.knownStatus = group.state.status
        }
        scheduleNextAdvance()
        return Addition(ids: ids, runs: before.runs, endings: before.endings, status: group.knownStatus)
    }

    /// Returns the runs of a group from index `first` on; nil if there is no such group.
    func runs(ofGroup id: String, from first: Int = 0, upTo count: Int = .max) -> [RunRecord]? {
        advance()
        return groups[id]?.runs.dropFirst(first).prefix(count).map(\.record)
    }

    /// Returns the ended runs of a group in the order they ended, from index `first` on, and the group.
    func endings(
        ofGroup id: String, from first: Int, upTo count: Int
    ) -> (runs: [RunRecord], group: TaskGroup)? {
        advance()
        return groups[id].map { ($0.ended.dropFirst(first).prefix(count).map(\.record), $0.state) }
    }

    // MARK: - The course of time

    private var now: Duration { start.duration(to: .now) }

    private func add(
        _ request: TaskRunRequest, to group: Group?, at now: Duration, _ time: String, rules: [RunRule]
    ) -> Run {
        let request = rules.isEmpty ? request : Self.request(request, under: rules)
        let record = RunRecord(request, groupID: group?.state.id, createdAt: time)
        let run = Run(record, in: group, at: now, delay: request.scenario.delay ?? defaultDelay)
        runs[record.id] = run
        if let group {
            group.runs.append(run)
            group.state.counts[record.status, default: 0] += 1
        } else {
            lastRuns.append(run)
        }
        changes += 1
        scheduleNextStep(of: run)
        return run
    }

    private static func request(_ request: TaskRunRequest, under rules: [RunRule]) -> TaskRunRequest {
        var request = request
        let input = request.input.serialized()
        for outcome in rules.compactMap({ $0.outcome(forInput: input) }) { request.scenario.apply(outcome) }
        return request
    }

    private func scheduleNextStep(of run: Run) {
        guard run.nextStep < run.steps.count else { return }
        queue.add(run, at: run.creation + .seconds(run.delay * run.steps[run.nextStep].share))
    }

    /// Executes all steps that are due.
    private func advance() {
        let now = now
        guard let next = queue.next, next <= now else { return }
        let time = WallClock.timestamp()
        while let run = queue.removeFirst(dueBy: now) {
            let step = run.steps[run.nextStep].step
            run.nextStep += 1
            execute(step, of: run, at: time)
        }
        scheduleNextAdvance()
    }

    private func execute(_ step: RunStep, of run: Run, at time: String) {
        switch step {
        case .start:
            if !run.isReserved {
                guard account.reserve(run.record.request.processor.price) else {
                    end(run, .failed, reason: "Insufficient credit in account", at: time)
                    return
                }
                run.isReserved = true
            }
            update(run, at: time) { $0.status = .running }
        case .addMessage(let message):
            update(run, at: time) {
                $0.trace.append(ProgressMessage(kind: message.kind, text: message.text))
                $0.progress = 100 * message.done
            }
        case .callTools:
            callTools(run.record)
            return
        case .cancel: update(run, at: time) { $0.status = .cancelling }
        case .end:
            let scenario = run.record.request.scenario
            end(run, scenario.finalStatus ?? .completed, reason: scenario.errorMessage, at: time)
        }
        scheduleNextStep(of: run)
    }

    /// - Parameter reason: the error message of a failed run.
    private func end(_ run: Run, _ status: RunStatus, reason: String?, at time: String) {
        let ended = WallClock.monotonicNanoseconds()
        if run.isReserved { account.settle(run.record.request.processor.price, isBilled: status == .completed) }
        update(run, at: time) {
            $0.status = status
            $0.progress = 100
            guard status == .failed else { return }
            $0.error = [
                "ref_id": .string(Identifier.uuid()), "message": .string(reason ?? "Task execution failed"),
                "detail": nil,
            ]
        }
        if status == .completed {
            let request = run.record.request
            memory.add(
                MemoryEntries.Entry(
                    kind: "task", id: run.record.id, scope: request.body["memory_scope_key"]?.string,
                    input: String((request.input.string ?? request.input.serialized()).prefix(200)), updatedAt: time,
                    rest: ["output_excerpt": "Sandbox answer; the whole is in the result of the run."]))
        }
        log?.record(run: run.record.id, status, endedAt: ended)
        if run.record.request.webhookURL != nil { callWebhook(run.record) }
    }

    private func update(_ run: Run, at time: String, _ change: (inout RunRecord) -> Void) {
        let before = run.record.status
        change(&run.record)
        run.record.version += 1
        run.record.modifiedAt = time
        changes += 1
        wake(&run.waiters)
        let after = run.record.status
        guard let group = run.group, after != before else { return }
        group.state.counts[before, default: 0] -= 1
        group.state.counts[after, default: 0] += 1
        if before.isActive, after.isEnd {
            group.ended.append(run)
            group.state.endings += 1
        }
        changed(group, at: time)
    }

    private func changed(_ group: Group, at time: String) {
        group.state.version += 1
        group.state.modifiedAt = time
        wake(&group.waiters)
    }

    /// Schedules the next step, so that it happens even without a query.
    private func scheduleNextAdvance() {
        guard let next = queue.next else { return }
        if let alarm, alarm.time <= next { return }
        alarm?.task.cancel()
        let task = Task {
            guard (try? await Task.sleep(until: start + next, clock: .continuous)) != nil else { return }
            alarm = nil
            advance()
            scheduleNextAdvance()
        }
        alarm = (next, task)
    }

    // MARK: - Waiting

    var waiterCount: Int { waiting.count }

    private func nextToken() -> Int {
        lastToken += 1
        return lastToken
    }

    private func wait(_ token: Int, until deadline: ContinuousClock.Instant) async {
        let alarm = Task {
            guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
            wake(token)
        }
        defer { alarm.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiting[token] = $0 }
        } onCancel: {
            Task { await wake(token) }
        }
    }

    private func wake(_ token: Int) { waiting.removeValue(forKey: token)?.resume() }

    private func wake(_ tokens: inout [Int]) {
        if tokens.isEmpty { return }
        for token in tokens { wake(token) }
        tokens = []
    }

    // MARK: - Counting scripted faults

    /// Counts a request for the result and returns its fault.
    func takePollFault(_ id: String) -> InjectedFault? {
        guard let run = runs[id] else { return nil }
        defer { run.polls += 1 }
        return run.record.request.scenario.polls[run.polls]
    }

    /// Counts a request for the event stream and returns its fault.
    func takeStreamFault(_ id: String) -> InjectedFault? {
        guard let run = runs[id] else { return nil }
        defer { run.streams += 1 }
        return run.record.request.scenario.streams[run.streams]
    }

    /// Counts a creation and returns its fault. Requests with the same body are counted together, because a retrying
    /// client sends it again; the count starts over once one was accepted.
    func takeCreationFault(of body: [UInt8], plan: FaultPlan) -> InjectedFault? {
        guard plan[0] != nil else { return nil }
        let count = refusedCreations[body] ?? 0
        let fault = plan[count]
        refusedCreations[body] = fault?.refusesRequest == true ? count + 1 : nil
        return fault
    }
}
