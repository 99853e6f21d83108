import ParallelJSON

extension JSONValue {
    /// What the API's limits count: the Unicode scalars of a string, or of the compact JSON of anything else.
    package var countedLength: Int { (string ?? serialized()).unicodeScalars.count }
}
