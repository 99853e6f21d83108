/// Which events of a run a person is shown while it is waited for.
enum ShownEvents: Sendable { case none, toolCalls, all }
