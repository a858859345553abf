import Glibc

/// Memory that only the start needed.
///
/// A server at rest runs a small part of its code; the rest was looked through once, for the routes, the database's steps
/// and the runtime's tables, and would count as the server's own until the system runs short.
enum StartMemory {
  /// Gives it back: the system maps code again where it is run again.
  ///
  /// Takes some milliseconds; not for a loop.
  static func giveBack() {
    for range in unchangedCode(in: ProcessReading.text(of: "/proc/self/smaps")) {
      guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
      madvise(start, range.count, MADV_DONTNEED)
    }
  }

  /// Where files' code lies that is as it stands in the file: what was changed in memory, as by a debugger, would be
  /// lost.
  static func unchangedCode(in smaps: String) -> [Range<UInt>] {
    var found: [Range<UInt>] = []
    var candidate: Range<UInt>?
    for line in smaps.split(separator: "\n") {
      let words = line.split(separator: " ", omittingEmptySubsequences: true)
      guard let first = words.first else { continue }
      if first.last != ":" {
        candidate = words.count > 5 && words[1] == "r-xp" && words[5].hasPrefix("/") ? range(first) : nil
      } else if first == "Anonymous:", let code = candidate, words.count > 1, words[1] == "0" {
        found.append(code)
      }
    }
    return found
  }

  private static func range(_ text: Substring) -> Range<UInt>? {
    let ends = text.split(separator: "-").compactMap { UInt($0, radix: 16) }
    return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
  }
}
