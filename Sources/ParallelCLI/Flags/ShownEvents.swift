/// Which of a run's events are shown while waiting for it.
enum ShownEvents: Sendable { case none, toolCalls, all }
