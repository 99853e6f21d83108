/// Returns a number with a noun in singular or plural: `1 row`, `1,200 rows`.
package func counted(_ number: Int, _ noun: String) -> String { "\(number.grouped) \(noun)\(number == 1 ? "" : "s")" }
