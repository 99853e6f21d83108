#ifndef CCURL_H
#define CCURL_H

// Typed wrappers over the part of libcurl that ParallelHTTP uses. The only logic here is loading libcurl.
//
// libcurl is loaded at start if the command may send a request, else at the first request: it loads about thirty
// libraries, which would cost `--help` several milliseconds. Only its types come from the header; nothing links against
// it.
//
// All functions except ccurl_set_environment and ccurl_load may be called only after ccurl_load has returned NULL.

#include <curl/curl.h>
#include <stdbool.h>

/// Loads and initialises libcurl, once per process; any thread may call it. Returns NULL, or one line that says why
/// libcurl can't be used (static storage). https://curl.se/libcurl/c/curl_global_init.html
const char *_Nullable ccurl_load(void);

/// Sets the environment variables that the libraries behind libcurl read when they are loaded. Call it while the
/// process has one thread.
void ccurl_set_environment(void);

/// https://curl.se/libcurl/c/curl_version.html
const char *_Nonnull ccurl_version(void);

/// https://curl.se/libcurl/c/curl_easy_init.html
CURL *_Nullable ccurl_easy_init(void);
/// https://curl.se/libcurl/c/curl_easy_cleanup.html
void ccurl_easy_cleanup(CURL *_Nonnull handle);
/// https://curl.se/libcurl/c/curl_easy_strerror.html
const char *_Nonnull ccurl_easy_strerror(CURLcode code);
/// Continues a transfer whose write callback asked for a pause.
/// https://curl.se/libcurl/c/curl_easy_pause.html
CURLcode ccurl_easy_resume(CURL *_Nonnull handle);

// https://curl.se/libcurl/c/curl_easy_setopt.html: variadic, so one function for each type of argument.
CURLcode ccurl_set_long(CURL *_Nonnull handle, CURLoption option, long value);
CURLcode ccurl_set_offset(CURL *_Nonnull handle, CURLoption option, curl_off_t value);
CURLcode ccurl_set_string(CURL *_Nonnull handle, CURLoption option, const char *_Nullable value);
CURLcode ccurl_set_pointer(CURL *_Nonnull handle, CURLoption option, void *_Nullable value);

/// https://curl.se/libcurl/c/CURLOPT_HTTPHEADER.html
CURLcode ccurl_set_header_list(CURL *_Nonnull handle, struct curl_slist *_Nullable list);

/// https://curl.se/libcurl/c/CURLOPT_WRITEFUNCTION.html, https://curl.se/libcurl/c/CURLOPT_HEADERFUNCTION.html
typedef size_t (*ccurl_data_callback)(char *_Nonnull data, size_t size, size_t count, void *_Nonnull context);
CURLcode ccurl_set_data_callback(CURL *_Nonnull handle, CURLoption option, ccurl_data_callback _Nonnull callback);

/// https://curl.se/libcurl/c/CURLOPT_PREREQFUNCTION.html
typedef int (*ccurl_prereq_callback)(void *_Nonnull context, char *_Nullable remote_address,
                                     char *_Nullable local_address, int remote_port, int local_port);
CURLcode ccurl_set_prereq_callback(CURL *_Nonnull handle, ccurl_prereq_callback _Nonnull callback);

/// https://curl.se/libcurl/c/CURLOPT_SOCKOPTFUNCTION.html
typedef int (*ccurl_socket_callback)(void *_Nullable context, curl_socket_t socket, curlsocktype purpose);
CURLcode ccurl_set_socket_callback(CURL *_Nonnull handle, ccurl_socket_callback _Nonnull callback);

// https://curl.se/libcurl/c/curl_easy_getinfo.html: variadic. These return 0 if libcurl doesn't know the value.
long ccurl_get_long(CURL *_Nonnull handle, CURLINFO info);
curl_off_t ccurl_get_offset(CURL *_Nonnull handle, CURLINFO info);

/// https://curl.se/libcurl/c/curl_slist_append.html
struct curl_slist *_Nullable ccurl_slist_append(struct curl_slist *_Nullable list, const char *_Nonnull text);
/// https://curl.se/libcurl/c/curl_slist_free_all.html
void ccurl_slist_free_all(struct curl_slist *_Nullable list);

/// https://curl.se/libcurl/c/curl_multi_init.html
CURLM *_Nullable ccurl_multi_init(void);
/// https://curl.se/libcurl/c/curl_multi_cleanup.html
void ccurl_multi_cleanup(CURLM *_Nonnull multi);
/// https://curl.se/libcurl/c/curl_multi_setopt.html
CURLMcode ccurl_multi_set_long(CURLM *_Nonnull multi, CURLMoption option, long value);
/// https://curl.se/libcurl/c/curl_multi_add_handle.html
CURLMcode ccurl_multi_add_handle(CURLM *_Nonnull multi, CURL *_Nonnull handle);
/// https://curl.se/libcurl/c/curl_multi_remove_handle.html
CURLMcode ccurl_multi_remove_handle(CURLM *_Nonnull multi, CURL *_Nonnull handle);
/// https://curl.se/libcurl/c/curl_multi_perform.html
CURLMcode ccurl_multi_perform(CURLM *_Nonnull multi);
/// https://curl.se/libcurl/c/curl_multi_poll.html
CURLMcode ccurl_multi_poll(CURLM *_Nonnull multi, int timeout_ms);
/// The only function that other threads than the multi handle's owner may call.
/// https://curl.se/libcurl/c/curl_multi_wakeup.html
CURLMcode ccurl_multi_wakeup(CURLM *_Nonnull multi);
/// Takes the next finished transfer: returns true with its handle and result, or false if there is none.
/// https://curl.se/libcurl/c/curl_multi_info_read.html
bool ccurl_multi_next_done(CURLM *_Nonnull multi, CURL *_Nullable *_Nonnull handle, CURLcode *_Nonnull result);

#endif
