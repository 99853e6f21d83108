import CCurl

/// Owns a libcurl easy handle and the memory that libcurl refers to while the handle exists: header list and error
/// buffer. Used only on the loop thread.
struct EasyHandle: ~Copyable {
    let raw: UnsafeMutableRawPointer
    private let headerList: UnsafeMutablePointer<curl_slist>?
    private let errorBuffer: UnsafeMutablePointer<CChar>

    /// Creates the handle. `headerLines` are in libcurl's notation: `name: value`, `name;` for an empty value, `name:`
    /// to omit the field.
    init?(headerLines: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in headerLines {
            guard let longer = ccurl_slist_append(list, line) else {
                ccurl_slist_free_all(list)
                return nil
            }
            list = longer
        }
        guard let raw = ccurl_easy_init() else {
            ccurl_slist_free_all(list)
            return nil
        }
        self.raw = raw
        headerList = list
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        ccurl_set_header_list(raw, list)
        ccurl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorBuffer)
    }

    deinit {
        ccurl_easy_cleanup(raw)
        ccurl_slist_free_all(headerList)
        errorBuffer.deallocate()
    }

    /// libcurl's message about the failure; empty if it adds nothing to the code.
    var errorText: String { String(cString: errorBuffer) }

    @discardableResult func set(_ option: CURLoption, _ value: Int) -> CURLcode { ccurl_set_long(raw, option, value) }
    @discardableResult func set(_ option: CURLoption, _ value: Bool) -> CURLcode { set(option, value ? 1 : 0) }
    @discardableResult func set(_ option: CURLoption, _ value: String?) -> CURLcode {
        ccurl_set_string(raw, option, value)
    }

    /// Copies `body` into the handle. https://curl.se/libcurl/c/CURLOPT_COPYPOSTFIELDS.html
    func setBody(_ body: [UInt8]) {
        ccurl_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        body.withUnsafeBytes { bytes in
            // An empty array may have no address, and a null pointer would mean "read the body from a callback".
            var nothing: UInt8 = 0
            withUnsafeMutablePointer(to: &nothing) { placeholder in
                let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress) ?? UnsafeMutableRawPointer(placeholder)
                ccurl_set_pointer(raw, CURLOPT_COPYPOSTFIELDS, start)
            }
        }
    }

    func get(_ info: CURLINFO) -> Int { ccurl_get_long(raw, info) }
    func getOffset(_ info: CURLINFO) -> Int { Int(ccurl_get_offset(raw, info)) }
    func getTime(_ info: CURLINFO) -> Duration { .microseconds(ccurl_get_offset(raw, info)) }
}
