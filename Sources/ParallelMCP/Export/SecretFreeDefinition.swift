import ParallelHTTP
import ParallelSettings
import ParallelSystem

/// Names of variables for values that code must not hold. None of them is taken by another value.
package struct VariableNames {
    private var taken: Set<String>

    /// - Parameters:
    ///   - definitions: what the code is made from; the variables that it refers to are taken.
    ///   - others: further variables that the code reads.
    package init(besides definitions: [ServerDefinition], _ others: [String] = []) {
        taken = Set(definitions.flatMap(\.variables).map(\.name) + others)
    }

    /// Returns `name`, or if it is taken `name_2`, `name_3` and so on.
    mutating func fresh(_ name: String) -> String {
        var (fresh, number) = (name, 1)
        while !taken.insert(fresh).inserted {
            number += 1
            fresh = "\(name)_\(number)"
        }
        return fresh
    }
}

extension ServerDefinition {
    /// Returns the definition as code that is passed on may hold it: with references to variables alone in place of
    /// literal values and of references with a default, because both may be secrets. A token keeps the word `Bearer`
    /// in front of it.
    ///
    /// - Parameters:
    ///   - name: the server's name or URL, from which new variables get theirs: `CRM_URL`, `CRM_TOKEN`, `CRM_X_KEY`.
    ///   - openNames: the names in the URL's query whose values are no secrets.
    ///   - names: the names of variables that are still free.
    package func withoutSecrets(
        _ name: String, showing openNames: Set<String>, _ names: inout VariableNames
    ) -> ServerDefinition {
        let prefix = Self.variablePrefix(of: name)
        var definition = self
        definition.url = Self.withoutDefaults(url)
        if SecretMask.hasLiteralSecret(inURL: definition.url, besides: openNames) {
            definition.url = "${\(names.fresh("\(prefix)_URL"))}"
        }
        definition.headers = headers.map { header in
            let value = Self.withoutDefaults(header.value)
            guard SecretMask.hasLiteralSecret(value, inHeader: header.name) else {
                return Header(name: header.name, value: value)
            }
            let isToken =
                header.name.asciiLowercased == "authorization" && header.value.asciiLowercased.begins(with: "bearer ")
            return isToken
                ? Self.tokenHeader(of: name, &names)
                : Header(
                    name: header.name, value: "${\(names.fresh("\(prefix)_\(Self.variable(header.name))"))}")
        }
        return definition
    }

    /// Returns the header with the token of a server, as a variable that is named after it.
    package static func tokenHeader(of name: String, _ names: inout VariableNames) -> Header {
        Header(name: "Authorization", value: "Bearer ${\(names.fresh("\(variablePrefix(of: name))_TOKEN"))}")
    }

    private static func withoutDefaults(_ template: String) -> String {
        VariableReference.parts(of: template).map { part in
            switch part {
            case .literal(let text): text
            case .reference(let reference): "${\(reference.name)}"
            }
        }.joined()
    }

    /// Returns what the names of variables begin with that stand for values of the registry.
    private static func variablePrefix(of name: String) -> String {
        guard ServerRegistry.isValidName(name) else { return "MCP" }
        return variable(name.utf8.first?.isASCIIDigit == true ? "MCP_\(name)" : name)
    }

    private static func variable(_ text: String) -> String {
        let letters = text.utf8.map { byte -> UInt8 in
            guard byte.isASCIILetterOrDigit else { return UInt8(ascii: "_") }
            return byte >= UInt8(ascii: "a") ? byte & ~0x20 : byte
        }
        return String(decoding: letters, as: UTF8.self)
    }
}

extension BuiltInServer {
    /// Returns the names in the query of an entry's URL whose values are settings of Parallel's search server, and no
    /// secrets.
    package static func openNames(inURL url: String) -> Set<String> {
        (try? HTTPURL(url)).flatMap { at($0, in: nil) } == .search ? searchSettings : []
    }
}
