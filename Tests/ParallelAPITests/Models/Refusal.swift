import ParallelAPI

/// Why a request is refused; nil when it is not.
func refusal(_ check: () throws(InvalidRequest) -> Void) -> String? {
    do throws(InvalidRequest) {
        try check()
        return nil
    } catch {
        return error.message
    }
}
