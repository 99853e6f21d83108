import ParallelAPI
import ParallelHTTP
import ParallelSettings
import ParallelSystem

/// What the API shows: whether it can be reached, what time it has, and whether it accepts the key.
extension DoctorCommand {
    func remote() async throws -> [Finding] {
        let address: APIAddress
        do {
            address = try context.apiAddress.get()
        } catch {
            return [Finding("API", error, context)]
        }
        var findings: [Finding] = []
        var settings: Settings?
        do {
            let found = try APIConnection.settings(options.connection, context, needsKey: false)
            if let origin = found.keyOrigin {
                findings.append(Finding("key", "from \(origin.name)"))
                settings = found
            } else {
                findings.append(Finding("key", MissingKey(otherAddress: found.otherAddress), context))
            }
        } catch {
            findings.append(Finding("key", error, context))
        }
        let place = "\(SecretMask.url(address.text)) (\(address.origin.name))"
        if options.isOffline { return findings + [Finding("API", "\(place) was not asked")] }
        let reached = try await reach(address, place)
        findings += reached
        guard let settings, !reached.contains(where: { $0.check == "API" && $0.state != .ok }) else { return findings }
        do {
            let policy = RetryPolicy(maximumAttempts: 2, budget: .seconds(10))
            switch try await KeyCheck.run(APIConnection.client(settings, policy: policy, output, context)) {
            case .accepted: findings.append(Finding("key", "the API accepts it"))
            case .refused(let error):
                let login = context.command(["login"])
                findings.append(
                    Finding(
                        "key", is: .problem, "the API refuses it (\(error.status))",
                        fix: "sign in again, \(login), or take another key"))
            }
        } catch {
            try Task.checkCancellation()
            findings.append(Finding("key", error, context))
        }
        return findings
    }

    /// Asks without a key, once: an address that is not the API's gets none from here.
    private func reach(_ address: APIAddress, _ place: String) async throws -> [Finding] {
        var request = HTTPRequest(.get, address.url.appending(path: "/v1/tasks/runs/trun_0"), resend: .safe)
        request.timeouts = Timeouts(connect: .seconds(10), total: .seconds(20))
        let response: HTTPResponse
        do {
            response = try await context.transport.send(request)
        } catch {
            try Task.checkCancellation()
            var finding = Finding("API", error, context)
            finding.fix = finding.fix ?? "look whether the network, the proxy and the address, \(place), are right"
            return [finding]
        }
        var findings: [Finding] = []
        if [401, 403, 404, 422].contains(response.status) {
            findings.append(Finding("API", "\(place) answers\(response.timings.inBrackets)"))
        } else {
            findings.append(
                Finding(
                    "API", is: .warning, "\(place) answers \(response.status) to a question without a key",
                    fix: response.status >= 500
                        ? "try again later" : "look whether that is the API, or a proxy or login page of the network"))
        }
        if let date = response.headers["date"].flatMap({ HTTPDate.parse($0, now: context.now()) }) {
            let off = context.now() - date
            let text = "\(counted(abs(off), "second")) \(off < 0 ? "behind" : "ahead of") the API"
            findings.append(
                abs(off) > 60
                    ? Finding("clock", is: .warning, text, fix: "set it: certificates and logins depend on it")
                    : Finding("clock", "right to \(counted(max(1, abs(off)), "second"))"))
        }
        return findings
    }
}
