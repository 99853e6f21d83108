/* Typed wrappers over libedit, which is loaded at first use so that other commands don't pay for it.
 * Manual: https://man.netbsd.org/editline.3. Swift can't call its variadic functions (el_set, history). */
#ifndef CEDIT_H
#define CEDIT_H

#include <stdbool.h>

/* How reading a line ended. */
typedef enum {
    CEDIT_LINE,
    CEDIT_INTERRUPTED,
    CEDIT_END_OF_INPUT,
    /* errno has the reason. */
    CEDIT_FAILED,
} cedit_outcome;

/* Keys whose work the caller may do. */
typedef enum {
    /* Tab. */
    CEDIT_COMPLETE,
    /* Alt-Return. */
    CEDIT_BREAK,
    /* Text that was pasted, with line breaks but without other control characters. */
    CEDIT_PASTE,
    /* Return. If the caller does nothing, it ends the text; the others do what libedit has for them. */
    CEDIT_END,
    CEDIT_UP,
    CEDIT_DOWN,
    CEDIT_BACKSPACE,
    /* Ctrl-W. */
    CEDIT_WORD_BACKSPACE,
} cedit_key;

/* An editor on one terminal. Only one thread may use it, from open to close. */
typedef struct cedit_editor cedit_editor;

/* A text of so many bytes in UTF-8, without NUL at its end, and how many of them are before the cursor. */
typedef struct {
    const char *bytes;
    int before, length;
} cedit_text;

typedef struct {
    int columns, rows;
} cedit_size;

/* What the editor calls, with the caller's `context`. */
typedef struct {
    void *context;
    /* Called before each byte: returns true once `input` is readable, or false with errno. */
    bool (*wait)(void *context, cedit_editor *editor, int input);
    /* Returns whether the caller has done the key's work. `pasted` is NULL but for CEDIT_PASTE. */
    bool (*press)(void *context, cedit_editor *editor, cedit_key key, const char *pasted);
} cedit_calls;

/* The path of libedit, or NULL if it is not installed. */
const char *cedit_library(void);

/* Opens an editor that reads `input` and draws on `output`; the caller keeps both open. Returns NULL with errno on
 * failure. */
cedit_editor *cedit_open(int input, int output, const char *terminal_type, cedit_calls calls);

/* Adds a line that the up arrow recalls; add the newest last. */
void cedit_add_history(cedit_editor *editor, const char *line);

/* Reads a UTF-8 line. The prompt must not end with an escape sequence, which libedit would drop.
 * Sets *line for CEDIT_LINE only, without its line feed. The editor owns it, until the next read or close. */
cedit_outcome cedit_read(cedit_editor *editor, const char *prompt, const char **line);

/* For `press`: returns the text, which stays until the next call. */
cedit_text cedit_current(cedit_editor *editor);

/* For `press`: replaces so many characters before the cursor. */
void cedit_replace(cedit_editor *editor, int characters, const char *text);

/* For `press`: moves the cursor by so many characters. */
void cedit_move(cedit_editor *editor, int characters);

/* For `press`: shows lines, each with CR LF behind it, below the text, and then the text again. */
void cedit_show_below(cedit_editor *editor, const char *lines);

/* Returns the size of the terminal, as it was known when something was last drawn. */
cedit_size cedit_terminal_size(cedit_editor *editor);

/* For `wait`: draws the text anew after the terminal's size has changed. `rewraps` is whether the terminal breaks
 * lines anew that have become too long, or cuts them. */
void cedit_resize(cedit_editor *editor, bool rewraps);

/* For `wait`: restores the terminal's settings before the program is stopped. */
void cedit_leave(cedit_editor *editor);

/* For `wait`, after cedit_leave: takes the terminal again and redraws the line. */
void cedit_enter(cedit_editor *editor);

/* Frees the editor. The caller must restore the terminal's settings. */
void cedit_close(cedit_editor *editor);

#endif
