/// What is shown of a run's events while it is waited for. `onProgressLine` shows each for as long as it is the latest;
/// `all` gives each a line that stays.
enum ShownEvents: Sendable { case none, toolCalls, onProgressLine, all }
