import Testing

@testable import Assembly

/// What the start needed of memory is given back, and nothing that was changed there.
@Suite struct StartMemoryTests {
  @Test func `code of files is given back where it stands as in the file, and nothing else`() {
    let smaps = """
      1000-3000 r-xp 00000000 fd:00 11 /usr/bin/luthier
      Rss:                   8 kB
      Anonymous:             0 kB
      VmFlags: rd ex mr mw me sd
      3000-4000 rw-p 00002000 fd:00 11 /usr/bin/luthier
      Anonymous:             0 kB
      5000-6000 r-xp 00000000 fd:00 12 /usr/lib/with a breakpoint.so
      Anonymous:             4 kB
      7000-8000 r-xp 00000000 00:00 0
      Anonymous:             0 kB
      9000-a000 r-xp 00000000 00:00 0 [vdso]
      Anonymous:             0 kB
      b000-c000 r-xp 00000000 fd:00 13 /usr/lib/gone.so (deleted)
      Anonymous:             0 kB
      """
    #expect(StartMemory.unchangedCode(in: smaps) == [0x1000..<0x3000, 0xb000..<0xc000])
    #expect(StartMemory.unchangedCode(in: "").isEmpty)
  }

  @Test func `the program runs on when its own code was given back`() {
    let before = StartMemory.unchangedCode(in: ProcessReading.text(of: "/proc/self/smaps"))
    StartMemory.giveBack()
    let after = StartMemory.unchangedCode(in: ProcessReading.text(of: "/proc/self/smaps"))
    #expect(before.count > 3)
    #expect(Set(before).isSubset(of: after))
  }
}
