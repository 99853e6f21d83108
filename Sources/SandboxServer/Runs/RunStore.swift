import ParallelJSON

/// Every run and group of the server, what happens to them in the course of time, and who waits for one to change.
///
/// One agenda holds the next step of every run, so that a hundred thousand of them cost no more than their entries.
/// Whoever asks finds everything done that is due by then.
actor RunStore {
    private final class Run {
        var record: RunRecord
        let group: Group?
        /// Since the start of the store.
        let creation: Duration
        /// Seconds from creation to the end.
        let delay: Double
        let steps: [RunPlan.Entry]
        var nextStep = 0
        var polls = 0
        var streams = 0
        var waiters: [Int] = []

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
        /// In the order they were added, and in the order they ended: both only ever grow.
        var runs: [Run] = []
        var ended: [Run] = []
        /// What an addition without `refresh_status` answers.
        var knownStatus: JSONValue
        var waiters: [Int] = []

        init(_ state: TaskGroup) {
            self.state = state
            knownStatus = state.status
        }
    }

    /// Seconds from creation to the end where a scenario names none.
    private let usualDelay: Double
    private let log: TrafficLog?
    private let control: ControlFile?
    /// Calls the tools of a run, then `goOn(_:)`.
    private let callTools: @Sendable (RunRecord) -> Void

    private var runs: [String: Run] = [:]
    private var groups: [String: Group] = [:]
    /// What the agenda counts from.
    private let start = ContinuousClock.now
    private var agenda = Agenda<Run>()
    private var alarm: (moment: Duration, task: Task<Void, Never>)?
    private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    private var lastToken = 0
    private var refusals: [[UInt8]: Int] = [:]

    init(
        usualDelay: Double, log: TrafficLog? = nil, control: ControlFile? = nil,
        callTools: @escaping @Sendable (RunRecord) -> Void = { _ in }
    ) {
        self.usualDelay = usualDelay
        self.log = log
        self.control = control
        self.callTools = callTools
    }

    /// Nothing happens of itself any more.
    func stop() { alarm?.task.cancel() }

    // MARK: - Runs

    func add(_ request: TaskRunRequest) -> RunRecord {
        let run = add(request, to: nil, at: now, WallClock.timestamp(), rules: control?.runRules() ?? [])
        arm()
        return run.record
    }

    func record(_ id: String) -> RunRecord? {
        advance()
        return runs[id]?.record
    }

    /// The run as soon as its version is above `version`, or as it stands at `deadline` or on cancellation.
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

    /// Changes a run, wakes everyone who waits for it and returns it as it is then.
    @discardableResult
    func update(_ id: String, _ change: (inout RunRecord) -> Void) -> RunRecord? {
        guard let run = runs[id] else { return nil }
        update(run, at: WallClock.timestamp(), change)
        return run.record
    }

    /// Takes a run past the call of its tools.
    func goOn(_ id: String) {
        guard let run = runs[id] else { return }
        scheduleNextStep(of: run)
        arm()
    }

    // MARK: - Groups

    func addGroup(metadata: JSONObject? = nil) -> TaskGroup {
        let group = Group(TaskGroup(metadata: metadata))
        groups[group.state.id] = group
        return group.state
    }

    func group(_ id: String) -> TaskGroup? {
        advance()
        guard let group = groups[id] else { return nil }
        group.knownStatus = group.state.status
        return group.state
    }

    /// The group as soon as its version is above `version`, or as it stands at `deadline` or on cancellation.
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

    /// What adding runs to a group answers.
    struct Addition: Sendable {
        let ids: [String]
        /// The runs and the endings there were before.
        let runs: Int
        let endings: Int
        let status: JSONValue
    }

    /// Adds runs in their order; nil when there is no such group.
    func add(_ requests: [TaskRunRequest], toGroup id: String, refreshingStatus: Bool = true) -> Addition? {
        advance()
        guard let group = groups[id] else { return nil }
        let before = (runs: group.runs.count, endings: group.ended.count)
        let now = now
        let time = WallClock.timestamp()
        let rules = control?.runRules() ?? []
        let ids = requests.map { add($0, to: group, at: now, time, rules: rules).record.id }
        changed(group, at: time)
        if refreshingStatus {
            advance()
            group.knownStatus = group.state.status
        }
        arm()
        return Addition(ids: ids, runs: before.runs, endings: before.endings, status: group.knownStatus)
    }

    /// The runs of a group from number `first` on, counted from 0, as they stand; nil when there is no such group.
    func runs(ofGroup id: String, from first: Int = 0, upTo count: Int = .max) -> [RunRecord]? {
        advance()
        return groups[id]?.runs.dropFirst(first).prefix(count).map(\.record)
    }

    /// The runs of a group in the order they ended, without the first `first` of them, and the group.
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
        let run = Run(record, in: group, at: now, delay: request.scenario.delay ?? usualDelay)
        runs[record.id] = run
        if let group {
            group.runs.append(run)
            group.state.counts[record.status, default: 0] += 1
        }
        scheduleNextStep(of: run)
        return run
    }

    private static func request(_ request: TaskRunRequest, under rules: [RunRule]) -> TaskRunRequest {
        var request = request
        let input = request.input.serialized()
        for fate in rules.compactMap({ $0.fate(ofInput: input) }) { request.scenario.fill(in: fate) }
        return request
    }

    private func scheduleNextStep(of run: Run) {
        guard run.nextStep < run.steps.count else { return }
        agenda.add(run, at: run.creation + .seconds(run.delay * run.steps[run.nextStep].share))
    }

    /// Does all that is due.
    private func advance() {
        let now = now
        guard let next = agenda.next, next <= now else { return }
        let time = WallClock.timestamp()
        while let run = agenda.removeFirst(dueBy: now) {
            let step = run.steps[run.nextStep].step
            run.nextStep += 1
            take(step, of: run, at: time)
        }
        arm()
    }

    private func take(_ step: RunStep, of run: Run, at time: String) {
        switch step {
        case .start: update(run, at: time) { $0.status = .running }
        case .tell(let message):
            update(run, at: time) {
                $0.trace.append(ProgressMessage(kind: message.kind, text: message.text))
                $0.progress = 100 * message.done
            }
        case .callTools:
            callTools(run.record)
            return
        case .cancel: update(run, at: time) { $0.status = .cancelling }
        case .end: end(run, at: time)
        }
        scheduleNextStep(of: run)
    }

    private func end(_ run: Run, at time: String) {
        let scenario = run.record.request.scenario
        let ended = WallClock.monotonicNanoseconds()
        update(run, at: time) {
            $0.status = scenario.finalStatus ?? .completed
            $0.progress = 100
            guard $0.status == .failed else { return }
            $0.error = [
                "ref_id": .string(Identifier.uuid()),
                "message": .string(scenario.errorMessage ?? "Task execution failed"), "detail": nil,
            ]
        }
        log?.record(run: run.record.id, run.record.status, endedAt: ended)
    }

    private func update(_ run: Run, at time: String, _ change: (inout RunRecord) -> Void) {
        let before = run.record.status
        change(&run.record)
        run.record.version += 1
        run.record.modifiedAt = time
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

    /// Sees to it that what is due next happens even if nobody asks.
    private func arm() {
        guard let next = agenda.next else { return }
        if let alarm, alarm.moment <= next { return }
        alarm?.task.cancel()
        let task = Task {
            guard (try? await Task.sleep(until: start + next, clock: .continuous)) != nil else { return }
            alarm = nil
            advance()
            arm()
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

    /// The fault of this request for the result, which counts as one.
    func takePollFault(_ id: String) -> Fault? {
        guard let run = runs[id] else { return nil }
        defer { run.polls += 1 }
        return run.record.request.scenario.polls[run.polls]
    }

    /// The fault of this request for the event stream, which counts as one.
    func takeStreamFault(_ id: String) -> Fault? {
        guard let run = runs[id] else { return nil }
        defer { run.streams += 1 }
        return run.record.request.scenario.streams[run.streams]
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
