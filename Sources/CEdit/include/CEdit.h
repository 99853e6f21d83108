/* Typed wrappers over libedit, which is opened at first use so that other commands do not pay for it.
 * Manual: https://man.netbsd.org/editline.3. What is variadic there (el_set, history) Swift cannot call. */
#ifndef CEDIT_H
#define CEDIT_H

#include <stdbool.h>

/* What ended an edit. */
typedef enum {
    CEDIT_LINE,
    CEDIT_INTERRUPTED,
    CEDIT_END_OF_INPUT,
    /* errno says why. */
    CEDIT_FAILED,
} cedit_outcome;

/* An editor on one terminal. One thread uses it, from open to close. */
typedef struct cedit_editor cedit_editor;

/* An editor that reads from `input` and draws on `output`; both stay the caller's. NULL with errno if that fails.
 * Before each byte it calls `wait`, which returns once `input` can be read, or false with errno. */
cedit_editor *cedit_open(
    int input, int output, const char *terminal_type, bool (*wait)(cedit_editor *, int input));

/* Adds a line that the up arrow recalls; the newest comes last. */
void cedit_add_history(cedit_editor *editor, const char *line);

/* Reads a line in UTF-8. The prompt may not end with an escape sequence, which libedit would drop.
 * *line is the editor's, without its line feed, until the next read or the close; set for CEDIT_LINE
 * only. */
cedit_outcome cedit_read(cedit_editor *editor, const char *prompt, const char **line);

/* For `wait`: puts the settings of the terminal back before the program is stopped. */
void cedit_leave(cedit_editor *editor);

/* For `wait`, after cedit_leave: goes on with the line, drawn anew. */
void cedit_enter(cedit_editor *editor);

/* Frees the editor. It is the caller who puts the settings of the terminal back. */
void cedit_close(cedit_editor *editor);

#endif
