// The typecheck macros of <curl/typecheck-gcc.h> only accept options that are constants at the call.
#define CURL_DISABLE_TYPECHECK
#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __APPLE__
#define LIBRARY "libcurl.4.dylib"
#else
#define LIBRARY "libcurl.so.4"
#endif

#define FUNCTIONS(F)                                                                                                   \
    F(curl_version)                                                                                                    \
    F(curl_global_init)                                                                                                \
    F(curl_easy_init)                                                                                                  \
    F(curl_easy_cleanup)                                                                                               \
    F(curl_easy_strerror)                                                                                              \
    F(curl_easy_pause)                                                                                                 \
    F(curl_easy_setopt)                                                                                                \
    F(curl_easy_getinfo)                                                                                               \
    F(curl_slist_append)                                                                                               \
    F(curl_slist_free_all)                                                                                             \
    F(curl_multi_init)                                                                                                 \
    F(curl_multi_cleanup)                                                                                              \
    F(curl_multi_setopt)                                                                                               \
    F(curl_multi_add_handle)                                                                                           \
    F(curl_multi_remove_handle)                                                                                        \
    F(curl_multi_perform)                                                                                              \
    F(curl_multi_poll)                                                                                                 \
    F(curl_multi_wakeup)                                                                                               \
    F(curl_multi_info_read)

static struct {
#define FIELD(name) __typeof__(name) *name;
    FUNCTIONS(FIELD)
#undef FIELD
} api;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char failure[512];

static void load(void) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *reason = dlerror();
        snprintf(failure, sizeof failure, "%s", reason ? reason : "cannot open " LIBRARY);
        return;
    }
#define RESOLVE(name)                                                                                                  \
    api.name = (__typeof__(api.name))dlsym(library, #name);                                                            \
    if (!api.name) {                                                                                                   \
        snprintf(failure, sizeof failure, "%s lacks %s: version 7.68 or newer is needed", LIBRARY, #name);             \
        return;                                                                                                        \
    }
    FUNCTIONS(RESOLVE)
#undef RESOLVE
    // libcurl initialises OpenSSL here, which registers an exit handler that frees its state while our thread may still
    // use it (swiftlang/swift-corelibs-foundation#5469). The program therefore ends with _exit, which runs no handlers.
    CURLcode code = api.curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK)
        snprintf(failure, sizeof failure, "%s cannot start: %s", LIBRARY, api.curl_easy_strerror(code));
}

void ccurl_set_environment(void) {
    // GnuTLS, which is loaded only for libcurl's RTMP and LDAP, need not initialise itself: nothing calls it, and a
    // libcurl that uses it for TLS initialises it. That saves another megabyte of memory.
    // https://www.gnutls.org/manual/html_node/Initialization.html
    setenv("GNUTLS_NO_IMPLICIT_INIT", "1", 0);
}

const char *ccurl_load(void) {
    pthread_once(&once, load);
    return failure[0] ? failure : NULL;
}

const char *ccurl_version(void) { return api.curl_version(); }
CURL *ccurl_easy_init(void) { return api.curl_easy_init(); }
void ccurl_easy_cleanup(CURL *handle) { api.curl_easy_cleanup(handle); }
const char *ccurl_easy_strerror(CURLcode code) { return api.curl_easy_strerror(code); }
CURLcode ccurl_easy_resume(CURL *handle) { return api.curl_easy_pause(handle, CURLPAUSE_CONT); }

CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return api.curl_easy_setopt(handle, option, value);
}
CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return api.curl_easy_setopt(handle, option, value);
}
CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
    return api.curl_easy_setopt(handle, option, value);
}
CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return api.curl_easy_setopt(handle, option, value);
}
CURLcode ccurl_set_header_list(CURL *handle, struct curl_slist *list) {
    return api.curl_easy_setopt(handle, CURLOPT_HTTPHEADER, list);
}
CURLcode ccurl_set_data_callback(CURL *handle, CURLoption option, ccurl_data_callback callback) {
    return api.curl_easy_setopt(handle, option, callback);
}
CURLcode ccurl_set_prereq_callback(CURL *handle, ccurl_prereq_callback callback) {
    return api.curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, callback);
}
CURLcode ccurl_set_socket_callback(CURL *handle, ccurl_socket_callback callback) {
    return api.curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, callback);
}

long ccurl_get_long(CURL *handle, CURLINFO info) {
    long value = 0;
    return api.curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}
curl_off_t ccurl_get_offset(CURL *handle, CURLINFO info) {
    curl_off_t value = 0;
    return api.curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}

struct curl_slist *ccurl_slist_append(struct curl_slist *list, const char *text) {
    return api.curl_slist_append(list, text);
}
void ccurl_slist_free_all(struct curl_slist *list) { api.curl_slist_free_all(list); }

CURLM *ccurl_multi_init(void) { return api.curl_multi_init(); }
void ccurl_multi_cleanup(CURLM *multi) { api.curl_multi_cleanup(multi); }
CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return api.curl_multi_setopt(multi, option, value);
}
CURLMcode ccurl_multi_add_handle(CURLM *multi, CURL *handle) { return api.curl_multi_add_handle(multi, handle); }
CURLMcode ccurl_multi_remove_handle(CURLM *multi, CURL *handle) { return api.curl_multi_remove_handle(multi, handle); }
CURLMcode ccurl_multi_perform(CURLM *multi) {
    int running = 0;
    return api.curl_multi_perform(multi, &running);
}
CURLMcode ccurl_multi_poll(CURLM *multi, int timeout_ms) {
    return api.curl_multi_poll(multi, NULL, 0, timeout_ms, NULL);
}
CURLMcode ccurl_multi_wakeup(CURLM *multi) { return api.curl_multi_wakeup(multi); }

bool ccurl_multi_next_done(CURLM *multi, CURL **handle, CURLcode *result) {
    int remaining = 0;
    for (CURLMsg *message; (message = api.curl_multi_info_read(multi, &remaining));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        *handle = message->easy_handle;
        *result = message->data.result;
        return true;
    }
    return false;
}
