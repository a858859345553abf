#ifndef LUTHIER_CPAGE_H
#define LUTHIER_CPAGE_H

#include <stddef.h>

extern const unsigned char cpage_begin[];
extern const unsigned char cpage_end[];

// The bytes that build.cjs packed; they are there as long as the program.
static inline const unsigned char *cpage_bytes(void) { return cpage_begin; }

// How many there are: 0 in a program that was built without the page.
static inline size_t cpage_size(void) { return (size_t)(cpage_end - cpage_begin); }

#endif
