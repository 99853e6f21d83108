/* Where a release for Linux on x86-64 starts, and what lets it run with a glibc older than that of the machine that
   built it. Scripts/release asks the linker for these; other builds don't use them. */
#if defined(__linux__) && defined(__x86_64__)

#include <elf.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Addresses that the program holds of itself have to be moved to where it is loaded. Packed (RELR), the list of them
   takes 7 KB in place of 0.7 MB, but the loader reads it only since glibc 2.36. So the linker marks the list in Android's
   way, which every glibc passes over, and the program reads it itself before anything else. */
#define DT_ANDROID_RELR 0x6fffe000
#define DT_ANDROID_RELRSZ 0x6fffe001

extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));
extern const Elf64_Dyn _DYNAMIC[] __attribute__((visibility("hidden")));

/* Moves the addresses. https://groups.google.com/g/generic-abi/c/bX460iggiKg: an even entry is the place of an address;
   an odd one says which of the 63 words that follow are addresses, too.

   Nothing here may use an address that is still to be moved, such as a pointer in a table. */
__attribute__((used, visibility("hidden"))) void csystem_move_addresses(void) {
    const uintptr_t base = (uintptr_t)&__ehdr_start;
    const Elf64_Phdr *segment = (const Elf64_Phdr *)(base + __ehdr_start.e_phoff);
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = 0, end = 0;
    for (int i = 0; i < __ehdr_start.e_phnum; i++) {
        /* The loader has made this part read-only. */
        if (segment[i].p_type == PT_GNU_RELRO) {
            start = (base + segment[i].p_vaddr) & -page;
            end = (base + segment[i].p_vaddr + segment[i].p_memsz) & -page;
        }
    }
    const uintptr_t *entry = 0;
    uintptr_t size = 0;
    for (const Elf64_Dyn *tag = _DYNAMIC; tag->d_tag != DT_NULL; tag++) {
        if (tag->d_tag == DT_ANDROID_RELR) entry = (const uintptr_t *)(base + tag->d_un.d_ptr);
        if (tag->d_tag == DT_ANDROID_RELRSZ) size = tag->d_un.d_val;
    }
    if (start < end && mprotect((void *)start, end - start, PROT_READ | PROT_WRITE) != 0) _exit(127);
    uintptr_t *place = 0;
    for (const uintptr_t *last = entry + size / sizeof *entry; entry < last; entry++) {
        if ((*entry & 1) == 0) {
            place = (uintptr_t *)(base + *entry);
            *place++ += base;
        } else {
            for (int i = 0; i < 63; i++) {
                if (*entry >> (i + 1) & 1) place[i] += base;
            }
            place += 63;
        }
    }
    if (start < end && mprotect((void *)start, end - start, PROT_READ) != 0) _exit(127);
}

/* Keeps %rdx, in which the loader passes a function to _start. The stack stays aligned to 16 bytes. */
__asm__(".text\n"
        ".globl parallel_start\n"
        ".hidden parallel_start\n"
        ".type parallel_start, @function\n"
        "parallel_start:\n"
        "    pushq %rdx\n"
        "    subq $8, %rsp\n"
        "    call csystem_move_addresses\n"
        "    addq $8, %rsp\n"
        "    popq %rdx\n"
        "    jmp _start\n"
        ".size parallel_start, . - parallel_start\n");

/* glibc has these in versions newer than 2.34. The linker puts the functions below in their place (--wrap). */

/* The older ones differ in how they report an overflow. */
__asm__(".symver older_hypot, hypot@GLIBC_2.2.5");
__asm__(".symver older_hypotf, hypotf@GLIBC_2.2.5");
double older_hypot(double x, double y);
float older_hypotf(float x, float y);
__attribute__((used)) double __wrap_hypot(double x, double y) { return older_hypot(x, y); }
__attribute__((used)) float __wrap_hypotf(float x, float y) { return older_hypotf(x, y); }

/* Says that it knows nothing, so that the search for what handles an exception goes through all libraries instead. */
__attribute__((used)) int __wrap__dl_find_object(void *address, void *result) {
    (void)address;
    (void)result;
    return -1;
}

#endif
