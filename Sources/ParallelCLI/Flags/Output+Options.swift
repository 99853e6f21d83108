import ParallelOutput
import ParallelSettings
import ParallelSystem

extension Output {
    /// Opens the output that `options` ask for. Throws `UsageError` if it can't be written.
    convenience init(
        _ options: OutputOptions, _ context: Context, isLate: Bool = false, needsPlace: Bool = true
    ) throws {
        let place = OutputPlace(
            programName: context.programName, streams: context.streams, terminal: context.terminal,
            folder: FileFolder(context.fileDirectory), temporaryDirectory: context.temporaryDirectory,
            now: context.now, localOffset: context.localOffset)
        do {
            try self.init(options, place, isLate: isLate, needsPlace: needsPlace)
        } catch OutputRefusal.exists(let name) {
            throw UsageError("\(name) exists", hint: "--force replaces it")
        } catch OutputRefusal.contradiction(let format, let name) {
            throw UsageError(
                "\(format == .json ? "--json" : "--format \(format.rawValue)") contradicts the name \(name)",
                hint: "leave it out, or give the file another name")
        } catch OutputRefusal.unknownExtension(let word, let name) {
            let known = OutputFormat.extensions.map { ".\($0.name)" }.joined(separator: " ")
            throw UsageError("\(name): can't write a \(word) file", hint: "known are \(known), and names without any")
        } catch OutputRefusal.onlyJSON {
            throw UsageError(
                "--select, --pick, --cut and --digest print JSON",
                hint: "leave --format out, and let the name of the file end with .json")
        } catch OutputRefusal.notWritable(let name, let reason) {
            throw UsageError("can't write \(name): \(reason)")
        }
    }

    /// Says what is configured and can't be used, and with --verbose also what is used.
    func tell(
        of settings: ChosenSettings, taken: [String], leftOut: [(name: String, reason: String)]
    ) {
        for (name, origin) in settings.unknown { warn("\(origin.name): there is no setting '\(name)'") }
        for (name, reason) in leftOut {
            let line = "the setting \(name) is left out: \(reason)"
            // Most commands have formats that they don't print.
            if name == "format" { trace("* \(line)") } else { warn(line) }
        }
        for name in taken {
            if let value = settings.values[name] { trace("* \(name) \(value.text), from \(value.origin.name)") }
        }
    }
}
