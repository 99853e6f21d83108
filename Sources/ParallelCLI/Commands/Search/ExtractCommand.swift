import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel extract`: the content of web pages, as Markdown.
struct ExtractCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var request = ExtractRequest(urls: [])
        /// The folder that gets a file for each page; nil for none.
        var folder: String?
        var spending = SpendingOptions()
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        var needsOutputPlace: Bool { folder == nil }

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "objective", value: FlagSpec.Value("TEXT"), summary: "What the pages are read for, in plain words"
                ) { options, text throws(InvalidValue) in
                    options.request.reading.objective = try FilledText.parse(text)
                },
                SearchFlags.query(
                    "What excerpts should be about (repeatable)",
                    details: "In keywords. At most 5, of 200 characters each."
                ).embedded(at: \.request.reading),
                Flag(
                    "full", summary: "Print each page whole, not excerpts of it",
                    details: "Goes with --objective or --query; without them, the excerpts are the whole page already."
                ) { $0.request.wantsFullContent = $1 }.formerly("full-content"),
                Flag(
                    "max-chars-full", value: FlagSpec.Value("N"), summary: "Whole pages of at most N characters each"
                ) { options, text throws(InvalidValue) in
                    options.request.maxFullCharacters = try NumberText.positive(text)
                    options.request.wantsFullContent = true
                },
            ]
            + (SearchFlags.fetching + SearchFlags.excerpts + SearchFlags.calling).map {
                $0.embedded(at: \.request.reading)
            }
            + SpendingFlags.all(of: "a call").map { $0.embedded(at: \.spending) }
            + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "extract"

    static var command: Command {
        Command(
            summary: "Read web pages and PDFs as Markdown",
            description: """
                Prints the content of each page as Markdown, below its title and URL. With --objective or --query, only \
                the excerpts that matter for it, otherwise all of the page. With a folder such as 'pages/' as the value \
                of --output, each page gets a file of its own there.

                More than \(ExtractRequest.maximumURLs) URLs are sent in several requests. Pages that can't be read are named on \
                standard error: the exit code is then 8, or 6 if no page could be read. 1,000 pages cost \
                $\(ExtractRequest.usdPer1000).
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "URL", .oneOrMore, standardInput: .asDash,
                    summary: "addresses of pages, or - to read them from standard input")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel extract https://www.un.org/en/about-us/history-of-the-un", "Read a page"),
                .init(
                    "parallel extract https://www.un.org/en/about-us --objective 'When was the UN established?' --json",
                    "What a page says about a question, as JSON"),
                .init(
                    "parallel search 'GDP of France' | parallel extract - -o pages/",
                    "What a search finds, a file for each page"),
            ],
            check: { options, words throws(UsageError) in try check(&options, words) }, runs: Self.self)
    }

    private static func check(_ options: inout Options, _ words: [String]) throws(UsageError) {
        try options.preview.check(&options.output)
        if words.count > 1, words.contains("-") { throw UsageError("- can't be mixed with URLs") }
        options.request.urls = words
        if let file = options.output.file, file.ends(with: "/") {
            if options.preview.sendsNothing { throw UsageError("the request goes into a file, not into \(file)") }
            if !options.output.reduction.isEmpty {
                throw UsageError("--select, --pick, --cut and --digest are for one answer, not for pages in \(file)")
            }
            guard [nil, .markdown, .json, .html].contains(options.output.format) else {
                throw UsageError(
                    "pages in \(file) can't be saved in that format", hint: "--json and --format html can be had")
            }
            options.folder = file
            options.output.file = nil
        }
        if words != ["-"] { try check(options.request) }
    }

    private static func check(_ request: ExtractRequest) throws(UsageError) {
        for lot in request.lots {
            do throws(InvalidRequest) { try lot.check() } catch {
                let areAddresses = lot.urls.allSatisfy { $0.begins(with: "https://") || $0.begins(with: "http://") }
                throw UsageError(error.message, hint: areAddresses ? nil : "URLs begin with https:// or http://")
            }
        }
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        var request = options.request
        if request.urls == ["-"] {
            request.urls = try readURLs()
            try Self.check(request)
        }
        var known: Set<ExactText> = []
        request.urls = request.urls.filter { known.insert(ExactText($0)).inserted }
        let lots = request.lots
        let estimate = "\(counted(request.urls.count, "page")): about \(request.cost.text)"
        if options.preview.sendsNothing, lots.count > 1 {
            output.note("\(estimate); the first of \(counted(lots.count, "request")):")
        }
        let call = APICall(
            endpoint: .extract, body: lots[0].json, terms: estimate,
            status: "reading \(counted(request.urls.count, "page"))")
        if try await call.isShown(options.preview, client, output, context) { return .success }
        let spending = Spending(options: options.spending, output: output, context: context)
        try await spending.approveOne(of: estimate, request.cost, unpriced: "a page")
        // What a few pages cost is not worth a line.
        if lots.count > 1 { output.note(estimate) }
        let files = try options.folder.map { try prepare($0, for: request.urls) }
        return try await read(lots, files, client, status: call.status)
    }

    /// The number of requests that are under way at once.
    private static let requestsAtOnce = 4

    private func read(
        _ lots: [ExtractRequest], _ pageFiles: PageFiles?, _ client: ParallelClient, status: String
    ) async throws -> ExitCode {
        var view = PageView(output: output)
        var files = pageFiles
        var (read, failed) = (0, 0)
        /// The code of the first page that did not get into its file.
        var unsaved: ExitCode?
        let progress = RunProgress(context: context, output: output, events: .none, status: status)
        let outcome = try await progress.shown {
            try await SeveralRuns.process(
                lots, atOnce: Self.requestsAtOnce, context,
                named: { "\($0.urls[0].shortened(to: 100)) and \($0.urls.count - 1) more" }
            ) { lot -> (urls: [String], response: ExtractResponse) in
                let response = try await client.extract(lot)
                return (lot.urls, response)
            } onSuccess: { answer in
                let response = answer.response
                for warning in SearchResponse.warnings(in: response.json) { output.warn(saying: warning) }
                for failure in response.failures { output.warn(saying: failure.text) }
                read += response.pages.count
                failed += response.failures.count
                if files != nil {
                    let asked = PageFiles.asked(
                        response.pages.map(\.url), of: answer.urls, without: response.failures.map(\.url))
                    for (page, url) in zip(response.pages, asked) {
                        if let code = try save(page, askedBy: url, &files) { unsaved = unsaved ?? code }
                    }
                } else {
                    try view.write(response, isOnly: lots.count == 1)
                }
            }
        }
        guard outcome.unfinished.isEmpty else {
            throw Interrupted("interrupted; \(counted(read, "page")) read", context)
        }
        if read > 0 || outcome.code == .success {
            try view.end()
            try output.finish()
        }
        if outcome.code != .success, read == 0 { return outcome.code }
        if let unsaved { return unsaved }
        if failed == 0 { return outcome.code }
        if read == 0 { throw ErrorReport(.runFailed, "no page could be read") }
        return .partial
    }

    /// Returns the URLs on standard input: the first word of each line, as `search` prints them in a pipe.
    private func readURLs() throws -> [String] {
        let text = try SourceText(context: context).text(of: .standardInput, for: "URL")
        let urls = text.lines.map { $0.upTo { $0 == "\t" }.trimmed }.filter { !$0.isEmpty }.map(String.init)
        if urls.isEmpty { throw UsageError("standard input holds no URLs") }
        return urls
    }

    // MARK: - A file for each page

    private var fileExtension: String {
        switch options.output.format {
        case .json: ".json"
        case .html: ".html"
        default: ".md"
        }
    }

    /// Makes the folder, and returns the files of the pages. Throws before anything is paid for if one is taken.
    private func prepare(_ folder: String, for urls: [String]) throws -> PageFiles {
        let files = PageFiles(in: folder, fileExtension: fileExtension, for: urls)
        do throws(FileError) {
            try Directory.create(context.filePath(folder), mode: 0o777)
        } catch {
            throw UsageError("can't make \(folder): \(error.reason)")
        }
        let hint: Hint? = options.output.replacesFile ? nil : "--force replaces it"
        for url in urls {
            guard let file = files.file(for: url) else { continue }
            if !isLink(file) {
                try context.checkOutput(file, refusingExisting: hint)
            } else if let hint {
                throw UsageError("\(file) exists", hint: hint)
            }
        }
        return files
    }

    /// Whether a link is at `file`, even one to nowhere: nothing is written where it leads to.
    private func isLink(_ file: String) -> Bool {
        let path = context.filePath(file)
        guard UserFile.exists(path), let slash = path.lastPlace(of: "/") else { return false }
        let folder = UserFile.resolved(Directory.containing(path)) ?? ""
        let own = (folder == "/" ? "" : folder) + String(path[slash...])
        return UserFile.resolved(path) != own
    }

    /// Writes a page into its file. What the server calls the page decides at most the name of one that nobody asked
    /// for, which replaces no file. Returns the code of a page that did not get there, nil for success.
    ///
    /// - Parameter url: the URL that the page was asked for by.
    private func save(
        _ page: SearchResponse.Result, askedBy url: String?, _ pageFiles: inout PageFiles?
    ) throws -> ExitCode? {
        guard var files = pageFiles else { return nil }
        defer { pageFiles = files }
        let asked = url.flatMap { files.file(for: $0) }
        var name = asked ?? files.furtherFile(for: page.url)
        var fileOptions = options.output
        fileOptions.replacesFile = asked != nil && options.output.replacesFile
        if fileOptions.replacesFile {
            if isLink(name) { UserFile.remove(context.filePath(name)) }
        } else {
            while UserFile.exists(context.filePath(name)) { name = files.furtherFile(for: page.url) }
        }
        (fileOptions.file, fileOptions.format) = (name, nil)
        do {
            let file = try Output(fileOptions, context, isLate: true)
            if file.format == .json {
                try file.write(document: page.json)
            } else {
                try file.write(PageView.document(page))
            }
            try file.finish()
        } catch let error as OutputFailure {
            if !error.isSaved {
                output.keep(page.json.bytes(), "the page \(page.url.shortened(to: 200))", fileExtension: "json")
            }
            return ErrorReport(error, context).emit(to: context)
        }
        let isAsAsked = url.map { PageFiles.isAlike($0, page.url) } ?? false
        output.note(isAsAsked ? name : "\(name): \(page.url.shortened(to: 200))")
        return nil
    }
}
