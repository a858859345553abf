// The built web page (docs/page.md), or nothing where it was not built.
  .section .rodata
  .globl cpage_begin
  .globl cpage_end
  .balign 8
cpage_begin:
#if __has_include("page.pack")
  .incbin "page.pack"
#endif
cpage_end:
  .byte 0
  .section .note.GNU-stack,"",%progbits
