#define _GNU_SOURCE
#include "CEdit.h"

#include <dlfcn.h>
#include <errno.h>
#include <histedit.h>
#include <limits.h>
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
    X(el_init) X(el_end) X(el_gets) X(el_set) X(el_get) X(el_wset) X(el_wgetc) X(el_winsertstr) X(el_insertstr) \
    X(el_deletestr) X(el_push) X(el_resize) X(el_cursor) X(el_line) X(el_wline) X(history) X(history_init) X(history_end)

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

struct cedit_editor {
    EditLine *editline;
    History *history;
    FILE *input, *output;
    const char *prompt;
    cedit_calls calls;
    bool is_interrupted, is_pasting;
    char *line;
    /* What is to be shown below the text, and how many characters of it are behind the cursor. */
    char *below;
    int behind;
    /* A character without a width that was typed, and what is left of the keys that insert it. */
    wchar_t mark[2];
    const wchar_t *queue;
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

/* Keys that no terminal sends: this and a letter are bound to what libedit does for a `cedit_key`, and to functions that
 * have to be called once the screen is up to date. */
#define PRIVATE "\033[>"
enum { SHOW_BELOW = 'y', INSERT_MARK = 'z' };

static void push(EditLine *editline, char letter) {
    char keys[] = PRIVATE "?";
    keys[sizeof keys - 2] = letter;
    lib.el_push(editline, keys);
}

/* Moves the cursor to the end, so that libedit ends the line below all of its rows; returns by how much. */
static int move_to_end(EditLine *editline) {
    const LineInfoW *info = lib.el_wline(editline);
    int count = (int)(info->lastchar - info->cursor);
    lib.el_cursor(editline, count);
    return count;
}

static unsigned char interrupt(EditLine *editline, int key) {
    (void)key;
    move_to_end(editline);
    lib.el_insertstr(editline, "^C");
    push(editline, 'a' + CEDIT_END);
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

/* Reads a UTF-8 character; skips invalid bytes.
 *
 * For one without a width, such as an accent, it returns keys that insert it: libedit would take it for a column wide
 * when it draws what was typed, and the cursor would be wrong from then on. */
static int read_character(EditLine *editline, wchar_t *character) {
    cedit_editor *editor = editor_of(editline);
    if (editor->queue != NULL && *editor->queue != 0) {
        *character = *editor->queue++;
        return 1;
    }
    int input = fileno(editor->input);
    mbstate_t state = {0};
    for (;;) {
        char byte;
        if (!editor->calls.wait(editor->calls.context, editor, input)) return -1;
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
        if (length > 1) continue;
        if (*character >= 0x300 && !editor->is_pasting && wcwidth(*character) == 0) {
            static const wchar_t keys[] = {L'[', L'>', INSERT_MARK, 0};
            editor->mark[0] = *character;
            editor->queue = keys;
            *character = L'\033';
        }
        return 1;
    }
}

static unsigned char insert_mark(EditLine *editline, int key) {
    (void)key;
    return lib.el_winsertstr(editline, editor_of(editline)->mark) == 0 ? CC_REFRESH : CC_ERROR;
}

static unsigned char show_below(EditLine *editline, int key) {
    (void)key;
    cedit_editor *editor = editor_of(editline);
    fprintf(editor->output, "\r\n%s", editor->below);
    lib.el_cursor(editline, -editor->behind);
    /* Draws everything where the cursor is now. */
    lib.el_set(editline, EL_REFRESH);
    return CC_NORM;
}

static unsigned char press(EditLine *editline, cedit_key key, const char *pasted) {
    cedit_editor *editor = editor_of(editline);
    if (editor->calls.press(editor->calls.context, editor, key, pasted)) return CC_REFRESH;
    if (key < CEDIT_END) return CC_ERROR;
    push(editline, 'a' + key);
    return CC_NORM;
}

#define PRESS(name, key) \
    static unsigned char name(EditLine *editline, int typed) { \
        (void)typed; \
        return press(editline, key, NULL); \
    }
PRESS(complete, CEDIT_COMPLETE)
PRESS(add_line, CEDIT_BREAK)
PRESS(finish, CEDIT_END)
PRESS(up, CEDIT_UP)
PRESS(down, CEDIT_DOWN)
PRESS(backspace, CEDIT_BACKSPACE)
PRESS(word_backspace, CEDIT_WORD_BACKSPACE)
#undef PRESS

/* Reads up to the end mark. Returns the text with line breaks but without other control characters; NULL at the end of
 * input, for Ctrl-C, which sets `is_interrupted`, or without memory. */
static wchar_t *read_pasted(EditLine *editline) {
    static const wchar_t end[] = L"\033[201~";
    const size_t end_length = sizeof end / sizeof *end - 1;
    size_t length = 0, capacity = 0;
    wchar_t *text = NULL, last = 0, c;
    for (;;) {
        if (length + 2 > capacity) {
            capacity = capacity * 2 + 256;
            wchar_t *larger = realloc(text, capacity * sizeof *text);
            if (larger == NULL) break;
            text = larger;
        }
        if (lib.el_wgetc(editline, &c) != 1) break;
        if (c == 3) {
            /* No terminal pastes Ctrl-C: the end mark was lost, and a person wants to get out. */
            editor_of(editline)->is_interrupted = true;
            break;
        }
        /* Depending on the terminal, a line break arrives as CR, LF or CR LF. */
        if (c != L'\n' || last != L'\r') text[length++] = c == L'\r' ? L'\n' : c;
        last = c;
        if (length < end_length || wmemcmp(text + length - end_length, end, end_length) != 0) continue;
        size_t kept = 0;
        for (size_t i = 0; i < length - end_length; i++) {
            c = text[i];
            if ((c >= 0x20 && c != 0x7F && (c < 0x80 || c > 0x9F)) || c == L'\n' || c == L'\t') text[kept++] = c;
        }
        text[kept] = 0;
        return text;
    }
    free(text);
    return NULL;
}

static unsigned char paste(EditLine *editline, int key) {
    cedit_editor *editor = editor_of(editline);
    editor->is_pasting = true;
    wchar_t *text = read_pasted(editline);
    editor->is_pasting = false;
    if (editor->is_interrupted) return interrupt(editline, key);
    if (text == NULL) return CC_EOF;
    size_t capacity = wcslen(text) * MB_LEN_MAX + 1;
    char *bytes = malloc(capacity);
    unsigned char result = CC_ERROR;
    if (bytes != NULL && wcstombs(bytes, text, capacity) != (size_t)-1) {
        result = *bytes == 0 ? CC_NORM : press(editline, CEDIT_PASTE, bytes);
    }
    free(bytes);
    free(text);
    return result;
}

static void bind_keys(EditLine *editline) {
    static const struct {
        const char *name;
        unsigned char (*function)(EditLine *, int);
    } functions[] = {
        {"parallel-interrupt", interrupt},       {"parallel-suspend", suspend},
        {"parallel-paste", paste},               {"parallel-show-below", show_below},
        {"parallel-insert-mark", insert_mark},   {"parallel-complete", complete},
        {"parallel-add-line", add_line},         {"parallel-end", finish},
        {"parallel-up", up},                     {"parallel-down", down},
        {"parallel-backspace", backspace},       {"parallel-word-backspace", word_backspace},
    };
    static const char *const keys[][2] = {
        {"^C", "parallel-interrupt"},
        {"^Z", "parallel-suspend"},
        {"\\e[200~", "parallel-paste"},
        {"^I", "parallel-complete"},
        {"^M", "parallel-end"},
        {"^J", "parallel-end"},
        {"\\e\r", "parallel-add-line"},
        {"\\e\n", "parallel-add-line"},
        /* Shift-Return, where a terminal tells it from Return. */
        {"\\e[13;2u", "parallel-add-line"},
        {"\\e[27;2;13~", "parallel-add-line"},
        {"^P", "parallel-up"},
        {"\\e[A", "parallel-up"},
        {"\\eOA", "parallel-up"},
        {"^N", "parallel-down"},
        {"\\e[B", "parallel-down"},
        {"\\eOB", "parallel-down"},
        {"^H", "parallel-backspace"},
        {"^?", "parallel-backspace"},
        {"^W", "parallel-word-backspace"},
        {"^R", "em-inc-search-prev"},
        {"^U", "vi-kill-line-prev"},
        {"\\e[H", "ed-move-to-beg"},
        {"\\e[1~", "ed-move-to-beg"},
        {"\\e[F", "ed-move-to-end"},
        {"\\e[4~", "ed-move-to-end"},
        {"\\e[3~", "ed-delete-next-char"},
        {"\\e[1;5D", "ed-prev-word"},
        {"\\e[1;5C", "em-next-word"},
        {"\\e[1;3D", "ed-prev-word"},
        {"\\e[1;3C", "em-next-word"},
    };
    static const struct {
        char letter;
        const char *name;
    } private_keys[] = {
        {SHOW_BELOW, "parallel-show-below"},
        {INSERT_MARK, "parallel-insert-mark"},
        {'a' + CEDIT_END, "ed-newline"},
        {'a' + CEDIT_UP, "ed-prev-history"},
        {'a' + CEDIT_DOWN, "ed-next-history"},
        {'a' + CEDIT_BACKSPACE, "ed-delete-prev-char"},
        {'a' + CEDIT_WORD_BACKSPACE, "ed-delete-prev-word"},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        lib.el_set(editline, EL_ADDFN, functions[i].name, "", functions[i].function);
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        lib.el_set(editline, EL_BIND, keys[i][0], keys[i][1], NULL);
    }
    for (size_t i = 0; i < sizeof private_keys / sizeof *private_keys; i++) {
        char sequence[] = PRIVATE "?";
        sequence[sizeof sequence - 2] = private_keys[i].letter;
        lib.el_set(editline, EL_BIND, sequence, private_keys[i].name, NULL);
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

cedit_editor *cedit_open(int input, int output, const char *terminal_type, cedit_calls calls) {
    if (!is_available()) {
        errno = ENOENT;
        return NULL;
    }
    cedit_editor *editor = calloc(1, sizeof *editor);
    if (editor == NULL) return NULL;
    editor->calls = calls;
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
    /* libedit would miscount columns when it moves wide characters by inserting or deleting some before them; without
     * these means it writes the rest of the row. */
    static const char *const moving[] = {"ic", "IC", "im", "dc", "DC", "dm"};
    for (size_t i = 0; i < sizeof moving / sizeof *moving; i++) lib.el_set(editline, EL_SETTC, moving[i], "", NULL);
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

cedit_text cedit_current(cedit_editor *editor) {
    const LineInfo *info = lib.el_line(editor->editline);
    return (cedit_text){info->buffer, (int)(info->cursor - info->buffer), (int)(info->lastchar - info->buffer)};
}

void cedit_replace(cedit_editor *editor, int characters, const char *text) {
    lib.el_deletestr(editor->editline, characters);
    if (*text != 0) lib.el_insertstr(editor->editline, text);
}

void cedit_move(cedit_editor *editor, int characters) {
    lib.el_cursor(editor->editline, characters);
}

void cedit_show_below(cedit_editor *editor, const char *lines) {
    free(editor->below);
    editor->below = strdup(lines);
    if (editor->below == NULL) return;
    editor->behind = move_to_end(editor->editline);
    push(editor->editline, SHOW_BELOW);
}

cedit_size cedit_terminal_size(cedit_editor *editor) {
    cedit_size size = {80, 24};
    lib.el_get(editor->editline, EL_GETTC, "co", &size.columns);
    lib.el_get(editor->editline, EL_GETTC, "li", &size.rows);
    return size;
}

/* Moves a place on the screen behind a character, as libedit does. */
static void pass(wchar_t character, int columns, int *row, int *column) {
    int width = character == L'\t' ? 8 - *column % 8 : wcwidth(character);
    if (width < 0) width = 0;
    if (character == L'\n' || *column + width > columns) {
        ++*row;
        *column = 0;
    }
    if (character == L'\n') return;
    *column += width;
    if (*column >= columns) {
        ++*row;
        *column = 0;
    }
}

/* Returns the number of rows above that of the cursor. */
static int rows_above(cedit_editor *editor, int columns) {
    int row = 0, column = 0;
    mbstate_t state = {0};
    wchar_t character;
    size_t length;
    for (const char *rest = editor->prompt; *rest != 0; rest += length) {
        length = mbrtowc(&character, rest, MB_LEN_MAX, &state);
        if (length == 0 || length > MB_LEN_MAX) break;
        pass(character, columns, &row, &column);
    }
    const LineInfoW *info = lib.el_wline(editor->editline);
    for (const wchar_t *c = info->buffer; c < info->cursor; c++) pass(*c, columns, &row, &column);
    return row;
}

void cedit_resize(cedit_editor *editor, bool rewraps) {
    int columns = cedit_terminal_size(editor).columns;
    lib.el_resize(editor->editline);
    cedit_size size = cedit_terminal_size(editor);
    int rows = rows_above(editor, rewraps ? size.columns : columns);
    if (rows >= size.rows) rows = size.rows - 1;
    if (rows > 0) fprintf(editor->output, "\033[%dA", rows);
    fputs("\r\033[J", editor->output);
    lib.el_set(editor->editline, EL_REFRESH);
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
    free(editor->below);
    free(editor);
}
