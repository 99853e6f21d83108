import ParallelJSON
import ParallelSystem

/// The organisation of the sandbox: its apps, the keys that were made in them, and its credit.
final class AccountBook: Sendable {
    struct App: Sendable {
        let id: String
        let name: String
    }

    static let organization = (id: "org_sandbox", name: "Sandbox Org")

    private struct State {
        var apps = [App(id: Identifier.uuid(), name: "parallel-cli Users")]
        /// The keys that are valid, by their ids.
        var keys: [String: (app: String, value: String)] = [:]
        var deleted: Set<String> = []
        /// In cents.
        var balance: Int
        /// The idempotency keys that have charged the card, and the amounts.
        var charges: [String: Int] = [:]
    }

    private let state: Lock<State>

    /// - Parameter balance: the credit, in cents.
    init(balance: Int = 10_000) { state = Lock(State(balance: balance)) }

    var apps: [App] { state.withLock { $0.apps } }

    func addApp(named name: String) -> App {
        let app = App(id: Identifier.uuid(), name: name)
        state.withLock { $0.apps.append(app) }
        return app
    }

    /// Deletes an app with its keys; returns whether there was one.
    func deleteApp(_ id: String) -> Bool {
        state.withLock { state in
            guard state.apps.contains(where: { $0.id == id }) else { return false }
            state.apps.removeAll { $0.id == id }
            for (key, entry) in state.keys where entry.app == id {
                state.deleted.insert(entry.value)
                state.keys[key] = nil
            }
            return true
        }
    }

    /// Makes a key in an app, by default the first one.
    func makeKey(in app: String? = nil) -> (id: String, value: String) {
        let (id, value) = (Identifier.make("key_"), Identifier.make("sandbox-made-"))
        state.withLock { state in state.keys[id] = (app ?? state.apps.first?.id ?? "", value) }
        return (id, value)
    }

    /// Deletes a key; returns whether there was one.
    func deleteKey(_ id: String, in app: String) -> Bool {
        state.withLock { state in
            guard let key = state.keys[id], key.app == app else { return false }
            state.deleted.insert(key.value)
            state.keys[id] = nil
            return true
        }
    }

    /// Whether a key was made here and deleted again.
    func isDeleted(_ key: String) -> Bool { state.withLock { $0.deleted.contains(key) } }

    var balance: Int { state.withLock { $0.balance } }

    /// Charges the card, once for each idempotency key. Returns false for a key that has charged another amount.
    func charge(_ cents: Int, key: String) -> Bool {
        state.withLock { state in
            if let before = state.charges[key] { return before == cents }
            state.charges[key] = cents
            state.balance += cents
            return true
        }
    }
}
