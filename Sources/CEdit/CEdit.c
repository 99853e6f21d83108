#define _GNU_SOURCE
#include "CEdit.h"

#include <dlfcn.h>
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

#define FUNCTIONS(X) \
    X(el_init) X(el_end) X(el_gets) X(el_set) X(el_get) X(el_wset) X(el_wgetc) X(el_winsertstr) X(el_insertstr) X(el_push) \
    X(el_resize) X(el_cursor) X(el_line) X(history) X(history_init) X(history_end)

/* libedit's functions under their own names, found by dlsym. */
static struct {
#define DECLARE(name) __typeof__(name) *name;
    FUNCTIONS(DECLARE)
#undef DECLARE
} lib;

static bool is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    static const char *const names[] = {
#ifdef __APPLE__
        "/usr/lib/libedit.3.dylib", "libedit.3.dylib", "libedit.dylib",
#else
        /* Debian's soname, then that of all other distributions. */
        "libedit.so.2", "libedit.so.0",
#endif
    };
    void *handle = NULL;
    for (size_t i = 0; handle == NULL && i < sizeof names / sizeof *names; i++) {
        handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (handle == NULL) return;
#define FIND(name) \
    if ((lib.name = (__typeof__(lib.name))dlsym(handle, #name)) == NULL) return;
    FUNCTIONS(FIND)
#undef FIND
    is_loaded = true;
}

static bool is_available(void) {
    pthread_once(&once, load);
    return is_loaded;
}

const char *cedit_library(void) {
    Dl_info info;
    return is_available() && dladdr((void *)lib.el_init, &info) ? info.dli_fname : NULL;
}

struct cedit_editor {
    EditLine *editline;
    History *history;
    FILE *input, *output;
    const char *prompt;
    bool (*wait)(cedit_editor *, int);
    bool is_interrupted;
    char *line;
    locale_t utf8, previous;
};

/* Opens a stream on a duplicate of `descriptor`, so that closing it leaves the caller's descriptor open. */
static FILE *stream(int descriptor, const char *mode) {
    int copy = dup(descriptor);
    if (copy < 0) return NULL;
    FILE *file = fdopen(copy, mode);
    if (file == NULL) close(copy);
    return file;
}

static cedit_editor *editor_of(EditLine *editline) {
    void *editor = NULL;
    lib.el_get(editline, EL_CLIENTDATA, &editor);
    return editor;
}

static char *prompt(EditLine *editline) {
    return (char *)editor_of(editline)->prompt;
}

/* In bracketed-paste mode a terminal puts ESC [200~ before pasted text and ESC [201~ after it. */
static void set_bracketed_paste(cedit_editor *editor, bool is_on) {
    fputs(is_on ? "\033[?2004h" : "\033[?2004l", editor->output);
    fflush(editor->output);
}

static void take_terminal(cedit_editor *editor) {
    lib.el_set(editor->editline, EL_PREP_TERM, 1);
    set_bracketed_paste(editor, true);
}

/* Ends the line with a line feed, so that libedit moves the cursor below its rows. */
static unsigned char interrupt(EditLine *editline, int key) {
    (void)key;
    const LineInfo *info = lib.el_line(editline);
    lib.el_cursor(editline, (int)(info->lastchar - info->cursor));
    lib.el_insertstr(editline, "^C");
    lib.el_push(editline, "\n");
    editor_of(editline)->is_interrupted = true;
    return CC_REFRESH;
}

/* Does what Ctrl-Z does outside of editing, when the terminal sends signals itself: it signals the whole job. The wait
 * for the next key handles the signal. */
static unsigned char suspend(EditLine *editline, int key) {
    (void)editline;
    (void)key;
    kill(0, SIGTSTP);
    return CC_NORM;
}

/* Reads a UTF-8 character; skips invalid bytes. */
static int read_character(EditLine *editline, wchar_t *character) {
    cedit_editor *editor = editor_of(editline);
    int input = fileno(editor->input);
    mbstate_t state = {0};
    for (;;) {
        char byte;
        if (!editor->wait(editor, input)) return -1;
        ssize_t count = read(input, &byte, 1);
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count <= 0) return (int)count;
        bool is_first = mbsinit(&state);
        size_t length = mbrtowc(character, &byte, 1, &state);
        if (length == (size_t)-1) {
            memset(&state, 0, sizeof state);
            /* The byte that cuts a character short may begin another. */
            if (!is_first) length = mbrtowc(character, &byte, 1, &state);
            if (length == (size_t)-1) memset(&state, 0, sizeof state);
        }
        if (length <= 1) return 1;
    }
}

/* Inserts everything up to the end mark into the line, with line breaks but without other control characters. */
static unsigned char paste(EditLine *editline, int key) {
    (void)key;
    static const wchar_t end[] = L"\033[201~";
    const size_t end_length = sizeof end / sizeof *end - 1;
    size_t length = 0, capacity = 0;
    wchar_t *text = NULL, last = 0, c;
    unsigned char result = CC_REFRESH;
    for (;;) {
        if (length + 2 > capacity) {
            capacity = capacity * 2 + 256;
            wchar_t *larger = realloc(text, capacity * sizeof *text);
            if (larger == NULL) {
                result = CC_ERROR;
                break;
            }
            text = larger;
        }
        if (lib.el_wgetc(editline, &c) != 1) {
            result = CC_EOF;
            break;
        }
        if (c == 3) {
            /* No terminal pastes Ctrl-C: the end mark was lost, and a person wants to get out. */
            free(text);
            return interrupt(editline, c);
        }
        /* Depending on the terminal, a line break arrives as CR, LF or CR LF. */
        if (c != L'\n' || last != L'\r') text[length++] = c == L'\r' ? L'\n' : c;
        last = c;
        if (length >= end_length && wmemcmp(text + length - end_length, end, end_length) == 0) {
            length -= end_length;
            break;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        c = text[i];
        if ((c >= 0x20 && c != 0x7F && (c < 0x80 || c > 0x9F)) || c == L'\n' || c == L'\t') text[kept++] = c;
    }
    if (kept > 0) {
        text[kept] = 0;
        if (lib.el_winsertstr(editline, text) != 0 && result == CC_REFRESH) result = CC_ERROR;
    }
    free(text);
    return result;
}

static void bind_keys(EditLine *editline) {
    static const char *const keys[][2] = {
        {"^C", "parallel-interrupt"},
        {"^Z", "parallel-suspend"},
        {"\\e[200~", "parallel-paste"},
        {"^R", "em-inc-search-prev"},
        {"^W", "ed-delete-prev-word"},
        {"\\e[H", "ed-move-to-beg"},
        {"\\e[1~", "ed-move-to-beg"},
        {"\\e[F", "ed-move-to-end"},
        {"\\e[4~", "ed-move-to-end"},
        {"\\e[3~", "ed-delete-next-char"},
        {"\\e[1;5D", "ed-prev-word"},
        {"\\e[1;5C", "em-next-word"},
    };
    lib.el_set(editline, EL_ADDFN, "parallel-interrupt", "Give up this line", interrupt);
    lib.el_set(editline, EL_ADDFN, "parallel-suspend", "Stop the program", suspend);
    lib.el_set(editline, EL_ADDFN, "parallel-paste", "Insert pasted text", paste);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        lib.el_set(editline, EL_BIND, keys[i][0], keys[i][1], NULL);
    }
}

/* libedit converts by the locale's encoding, and crashes on a non-ASCII prompt if that is ASCII. */
static locale_t utf8_locale(void) {
    static const char *const names[] = {"C.UTF-8", "en_US.UTF-8", "UTF-8"};
    locale_t locale = (locale_t)0;
    for (size_t i = 0; locale == (locale_t)0 && i < sizeof names / sizeof *names; i++) {
        locale = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
    }
    return locale;
}

cedit_editor *cedit_open(
    int input, int output, const char *terminal_type, bool (*wait)(cedit_editor *, int input)) {
    if (!is_available()) {
        errno = ENOENT;
        return NULL;
    }
    cedit_editor *editor = calloc(1, sizeof *editor);
    if (editor == NULL) return NULL;
    editor->wait = wait;
    editor->utf8 = utf8_locale();
    if (editor->utf8 == (locale_t)0) {
        free(editor);
        return NULL;
    }
    /* For this thread only; the program's locale is unchanged. */
    editor->previous = uselocale(editor->utf8);
    editor->input = stream(input, "r");
    editor->output = stream(output, "w");
    if (editor->input != NULL && editor->output != NULL) {
        editor->editline = lib.el_init("parallel", editor->input, editor->output, editor->output);
        editor->history = lib.history_init();
    }
    if (editor->editline == NULL || editor->history == NULL) {
        int code = errno;
        cedit_close(editor);
        errno = code;
        return NULL;
    }
    EditLine *editline = editor->editline;
    HistEvent event;
    lib.history(editor->history, &event, H_SETSIZE, 1000);
    lib.el_set(editline, EL_CLIENTDATA, editor);
    lib.el_set(editline, EL_TERMINAL, terminal_type);
    lib.el_set(editline, EL_EDITOR, "emacs");
    lib.el_wset(editline, EL_GETCFN, read_character);
    lib.el_set(editline, EL_HIST, lib.history, editor->history);
    lib.el_set(editline, EL_PROMPT, prompt);
    /* Ctrl-C and Ctrl-Z arrive as characters, because the program blocks signals in its threads. CR and LF are not
     * translated, because a pasted CR LF would become two line breaks. */
    lib.el_set(editline, EL_SETTY, "-d", "-isig", "-icrnl", "-inlcr", NULL);
    bind_keys(editline);
    return editor;
}

void cedit_add_history(cedit_editor *editor, const char *line) {
    HistEvent event;
    lib.history(editor->history, &event, H_ENTER, line);
}

cedit_outcome cedit_read(cedit_editor *editor, const char *prompt, const char **line) {
    editor->prompt = prompt;
    editor->is_interrupted = false;
    /* Before the prompt is shown; else the terminal would handle a key that follows at once: Ctrl-C would be a signal. */
    take_terminal(editor);
    int count = 0;
    errno = 0;
    const char *text = lib.el_gets(editor->editline, &count);
    int code = errno;
    set_bracketed_paste(editor, false);
    if (editor->is_interrupted) return CEDIT_INTERRUPTED;
    if (text == NULL) {
        /* libedit leaves the cursor at the end of the line. */
        fputs("\r\n", editor->output);
        fflush(editor->output);
        errno = code;
        return count == 0 ? CEDIT_END_OF_INPUT : CEDIT_FAILED;
    }
    free(editor->line);
    editor->line = strdup(text);
    if (editor->line == NULL) return CEDIT_FAILED;
    size_t length = strlen(editor->line);
    if (length > 0 && editor->line[length - 1] == '\n') editor->line[length - 1] = 0;
    *line = editor->line;
    return CEDIT_LINE;
}

void cedit_leave(cedit_editor *editor) {
    set_bracketed_paste(editor, false);
    lib.el_set(editor->editline, EL_PREP_TERM, 0);
}

void cedit_enter(cedit_editor *editor) {
    take_terminal(editor);
    lib.el_resize(editor->editline);
    lib.el_set(editor->editline, EL_REFRESH);
}

void cedit_close(cedit_editor *editor) {
    if (editor->editline != NULL) {
        /* With editing off, el_end doesn't touch the terminal; it would discard what was typed ahead. */
        lib.el_set(editor->editline, EL_EDITMODE, 0);
        lib.el_end(editor->editline);
    }
    if (editor->history != NULL) lib.history_end(editor->history);
    if (editor->input != NULL) fclose(editor->input);
    if (editor->output != NULL) fclose(editor->output);
    uselocale(editor->previous);
    freelocale(editor->utf8);
    free(editor->line);
    free(editor);
}
