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

/* An editor on one terminal. Only one thread may use it, from open to close. */
typedef struct cedit_editor cedit_editor;

/* The path of libedit, or NULL if it is not installed. */
const char *cedit_library(void);

/* Opens an editor that reads `input` and draws on `output`; the caller keeps both open. Returns NULL with errno on
 * failure. Before each byte it calls `wait`, which returns true once `input` is readable, or false with errno. */
cedit_editor *cedit_open(
    int input, int output, const char *terminal_type, bool (*wait)(cedit_editor *, int input));

/* Adds a line that the up arrow recalls; add the newest last. */
void cedit_add_history(cedit_editor *editor, const char *line);

/* Reads a UTF-8 line. The prompt must not end with an escape sequence, which libedit would drop.
 * Sets *line for CEDIT_LINE only, without its line feed. The editor owns it, until the next read or close. */
cedit_outcome cedit_read(cedit_editor *editor, const char *prompt, const char **line);

/* For `wait`: restores the terminal's settings before the program is stopped. */
void cedit_leave(cedit_editor *editor);

/* For `wait`, after cedit_leave: takes the terminal again and redraws the line. */
void cedit_enter(cedit_editor *editor);

/* Frees the editor. The caller must restore the terminal's settings. */
void cedit_close(cedit_editor *editor);

#endif
