import ParallelSettings
import Testing

@Suite struct SecretMaskTests {
    @Test(
        arguments: [
            ("Bearer ${T}", "Bearer ${T}"), ("Bearer tok", "Bearer ***"), ("tok", "***"), ("${T}", "${T}"),
            ("${T:-tok}", "${T:-***}"), ("pre${T}", "***${T}"), ("${A} ${B}", "${A} ${B}"), ("${A}:${B}", "${A}:${B}"),
            ("Basic dXNlcjpwdw==", "Basic ***"), ("bearer tok tok", "bearer ***"), ("${", "${"), ("${tok-tok}", "***"),
            ("tok tok", "***"), ("Bearerx tok", "***"), ("tok Bearer tok", "***"), ("${A} tok", "${A}***"),
            ("Bearer", "***"),
        ])
    func `a header value shows its scheme and its references`(template: String, shown: String) {
        #expect(SecretMask.headerValue(template, of: "X-Key") == shown)
        #expect(SecretMask.hasLiteralSecret(template, inHeader: "X-Key") == (template != shown))
    }

    @Test func `fields that never hold a secret are shown`() {
        #expect(SecretMask.headerValue("crm/1", of: "user-agent") == "crm/1")
        #expect(SecretMask.headerValue("${T:-tok}", of: "User-Agent") == "${T:-***}")
    }

    @Test(
        arguments: [
            ("https://h/mcp", "https://h/mcp"), ("https://h/?a=1&b=${B}", "https://h/?a=***&b=${B}"),
            ("https://h/?tok", "https://h/?***"), ("https://h/?a=x=y", "https://h/?a=***"),
            ("https://u:p@h/mcp", "https://***:***@h/mcp"), ("https://u:${P}@h/", "https://***:${P}@h/"),
            ("https://h/a@b", "https://h/a@b"), ("https://h/#tok", "https://h/#***"),
            ("${U:-https://u:p@h/?a=b}/mcp?k=1", "${U:-***}/mcp?k=***"), ("https://h?a", "https://h?***"),
            ("https://h/?", "https://h/?"), ("https://h/?a=", "https://h/?a="),
            ("https://h/?a=x${B}y", "https://h/?a=***${B}***"),
        ])
    func `a URL shows its address and the names in its query`(template: String, shown: String) {
        #expect(SecretMask.url(template) == shown)
        #expect(SecretMask.hasLiteralSecret(inURL: template) == (template != shown))
    }
}
