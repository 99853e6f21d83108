/// The version of the program, in one place; `Scripts/generate` checks it against CHANGELOG.md.
package enum Version {
    package static let number = "0.1.0"
}
