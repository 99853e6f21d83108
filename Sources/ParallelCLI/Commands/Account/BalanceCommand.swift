import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel balance`: shows the credit of the organisation, and adds to it.
struct BalanceCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        /// What to add, in cents; nil only shows the balance.
        var cents: Int?
        var isConfirmed = false
        var idempotencyKey: String?
        var profile: String?
        var preview = PreviewOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag("yes", short: "y", summary: "Don't ask before charging the card") { $0.isConfirmed = $1 },
                Flag(
                    "idempotency-key", value: FlagSpec.Value("KEY"), summary: "Charge once for all calls with this key",
                    details:
                        "8 to 128 characters. Without it a new one is made and printed, so that a call whose answer "
                        + "was lost can be repeated with it. The API remembers a key for at least 24 hours."
                ) { options, text throws(InvalidValue) in
                    guard (8...128).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
                    else { throw InvalidValue("a key has 8 to 128 characters without spaces") }
                    options.idempotencyKey = text
                },
                PreviewFlags.dryRun.embedded(at: \.preview), ConnectionFlags.profile.embedded(at: \.profile),
            ] + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "balance"

    static var command: Command {
        Command(
            summary: "Show the organisation's credit, or add to it",
            description: """
                Without words it shows the credit, and how much of it running tasks hold. 'balance add DOLLARS' charges \
                the organisation's card with 0.01 to 100 dollars; it asks first. Needs a login ('login'); an API key \
                is no use here.
                """,
            usesNetwork: true,
            positionals: [
                Positional("ACTION", .optional, completion: .words(["add"]), summary: "add, or nothing"),
                Positional("DOLLARS", .optional, summary: "How much to add, such as 25 or 12.50"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel balance", "The credit"),
                .init("parallel balance add 25 --yes", "Charge $25"),
            ],
            check: check, runs: Self.self)
    }

    private static func check(_ options: inout Options, _ words: [String]) throws(UsageError) {
        // The official tool's name for it.
        if let action = words.first, action != "get" || words.count > 1 {
            guard action == "add" else {
                throw UsageError(
                    "'\(UsageError.shown(action))' is no action", hint: "the only one is: balance add DOLLARS")
            }
            guard words.count == 2 else { throw UsageError("missing DOLLARS", hint: "such as: balance add 25") }
            let text = words[1]
            guard let cost = Cost(usd: text), cost.thousandths % 10 == 0, (1...10_000).contains(cost.thousandths / 10)
            else {
                throw UsageError(
                    "'\(text)' can't be added: 0.01 to 100 dollars can, in whole cents",
                    hint: "amounts are in dollars here; the official tool takes cents")
            }
            options.cents = cost.thousandths / 10
        }
        if options.cents == nil, options.isConfirmed || options.idempotencyKey != nil {
            throw UsageError("\(options.isConfirmed ? "--yes" : "--idempotency-key") goes with 'balance add DOLLARS'")
        }
    }

    func run() async throws -> ExitCode {
        let account = try Account(options.profile, output, context)
        if options.preview.isDryRun { return try await preview(account) }
        var balance = try await account.answer(to: .balance)
        if let cents = options.cents { balance = try await add(cents, account, balance) }
        try write(balance)
        try output.finish()
        return .success
    }

    private func preview(_ account: Account) async throws -> ExitCode {
        if let cents = options.cents {
            let terms = "\(Cost(thousandths: cents * 10).text) would be charged to the organisation's card"
            try await account.show(
                .addBalance, body: Self.body(cents, options.idempotencyKey ?? Self.newKey()), terms: terms)
        } else {
            try await account.show(.balance, terms: "the balance would be asked for")
        }
        return .success
    }

    private static func body(_ cents: Int, _ key: String) -> JSONValue {
        ["amount_cents": .number(JSONNumber(cents)), "idempotency_key": .string(key)]
    }

    private func add(_ cents: Int, _ account: Account, _ balance: JSONValue) async throws -> JSONValue {
        let amount = Cost(thousandths: cents * 10)
        if balance["will_invoice"]?.bool == true {
            throw ErrorReport(.refused, "the organisation is billed by invoice, so that nothing can be added")
        }
        if !options.isConfirmed {
            try await context.confirm(
                "Charge \(amount.text) to the organisation's card?", before: "\(amount.text) would be charged",
                orElse: "nothing was charged")
        }
        output.note("charging \(amount.text) to the organisation's card")
        let key = options.idempotencyKey ?? Self.newKey()
        let command = context.command(
            ["balance", "add", "\(amount.text.dropFirst())"],
            flags: ["--yes", "--idempotency-key", context.maskedWord(key)] + account.profileWords)
        // Before it is sent: a program that is killed now could not say it any more.
        context.streams.note("to repeat this without charging twice: \(command: command)" as Hint)
        do {
            let answer = try await account.answer(to: .addBalance, body: Self.body(cents, key))
            guard answer.object != nil else {
                throw UnexpectedAnswer(message: "the Account API's answer is no balance", mayHaveCreated: true)
            }
            return answer
        } catch  where Self.isUncertain(error) {
            throw ErrorReport.adding(["it may have been charged; the command above finds out"], to: error, context)
        }
    }

    /// Whether the card may have been charged although there was an error.
    private static func isUncertain(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPError: error.mayHaveBeenSent
        case let error as APIError: error.status >= 500 || error.status == 408
        case let error as UnexpectedAnswer: error.mayHaveCreated
        default: error is CancellationError
        }
    }

    /// Returns 128 random bits as hexadecimal digits.
    private static func newKey() -> String {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<16).flatMap { _ in HexDigits.lowercase.digits(of: generator.next() as UInt8) }
        return String(decoding: digits, as: UTF8.self)
    }

    private func write(_ balance: JSONValue) throws {
        if output.format.isJSON { return try output.write(document: balance) }
        func money(_ name: String) -> String? {
            // The API counts in cents, and in fractions of them.
            balance[name]?.double.map { cents in
                let amount = Cost(thousandths: Int(min(max(cents.magnitude * 10, 0), 1e15).rounded()))
                return (cents < 0 ? "-" : "") + amount.text
            }
        }
        var fields = [("organisation", balance["org_id"]?.string ?? "")]
        if balance["will_invoice"]?.bool == true {
            fields.append(("credit", "billed by invoice"))
        } else {
            fields.append(("credit", money("credit_balance_cents") ?? "not known"))
            if let held = money("pending_debit_balance_cents") { fields.append(("held for running tasks", held)) }
        }
        try output.write(fields: fields.map { ([.text($0.0)], [.text($0.1)]) }, headings: ["field", "value"])
    }
}
