import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelAPI
@testable import ParallelBatch

/// What a file or a server may hold is read in a time that grows with its length: with its square, each of these would
/// take longer than a test is waited for.
@Suite struct LinearityTests {
    @Test func `a chunk in a state file has no more rows than a request`() throws {
        let directory = try TemporaryDirectory()
        let header = #"{"parallel_batch":1,"group":"g","rows":5,"input":"f","source":null,"options":{}}"#
        let spans = Array(repeating: "[0,999]", count: 50_000).joined(separator: ",")
        let line = #"{"lot":1,"rows":[[0,9223372036854775807],\#(spans)],"at":1}"#
        let path = try directory.write("\(header)\n\(line)\n", to: "x.batch")
        #expect(try BatchJournal(path: path).unsettled[1]?.rows.count == TaskGroup.maximumAddition)
    }
}
