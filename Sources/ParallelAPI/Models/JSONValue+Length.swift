import ParallelJSON

extension JSONValue {
    /// The length that the API's limits count: Unicode scalars of a string, or of the compact JSON of anything else.
    package var countedLength: Int { (string ?? serialized()).unicodeScalars.count }
}
