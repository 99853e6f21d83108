/// What the providers keep of answers, by their id, for the turns that follow.
actor ModelConversations {
    struct Entry: Sendable {
        /// The servers whose tools were listed.
        var listed: Set<String> = []
        /// Calls that wait for a decision, by the id of the request for it.
        var pending: [String: ModelCall] = [:]
    }

    private var entries: [String: Entry] = [:]

    func entry(_ id: String) -> Entry? { entries[id] }

    /// Keeps `answer`, and what is known from the answer before.
    func keep(_ answer: ModelAnswer, of turn: ModelTurn) {
        var entry = Entry(listed: Set(turn.servers.filter(\.isListed).map(\.entry.name)))
        for item in answer.items {
            switch item {
            case .listing(let server, _, nil): entry.listed.insert(server)
            case .approval(let call): entry.pending["mcpr_" + call.id] = call
            case .listing, .call, .text: break
            }
        }
        entries[turn.id] = entry
    }
}
