#include <stdint.h>

/* In a release, takes the place of the function of Swift's library that knows the names of all characters of Unicode
   (`--wrap` in Scripts/release), and says that a character has none. Nothing here asks for one. */
intptr_t __wrap__swift_stdlib_getScalarName(uint32_t character, uint8_t *buffer, intptr_t capacity) {
    (void)character;
    (void)buffer;
    (void)capacity;
    return 0;
}
