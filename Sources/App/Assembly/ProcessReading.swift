import Concurrency
import Glibc
import HTTPServing
import Services
import Synchronization

/// What the system tells of this process.
enum ProcessReading {
  /// Reads `/proc`; with thousands of descriptors that takes milliseconds, so not on a loop.
  static func figures() -> ProcessFigures {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    var limit = rlimit()
    let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    let isLimited = getrlimit(kind, &limit) == 0 && limit.rlim_cur < rlim_t(Int32.max)
    // Pages: all of the address space, then what is in memory.
    let pages = text(of: "/proc/self/statm").split(separator: " ").compactMap { Int($0) }
    let size = Int(sysconf(Int32(_SC_PAGESIZE)))
    return ProcessFigures(
      cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
      residentBytes: pages.count > 1 ? pages[1] * size : 0, virtualBytes: (pages.first ?? 0) * size,
      // Reading the folder takes one itself.
      openDescriptors: max(0, entries(in: "/proc/self/fd") - 1),
      mostDescriptors: isLimited ? Int(limit.rlim_cur) : nil, threads: entries(in: "/proc/self/task"))
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000
  }

  /// What a file of `/proc` says; nothing where it cannot be read.
  static func text(of path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var whole: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &piece, piece.count)
      guard count > 0 else { return String(decoding: whole, as: UTF8.self) }
      whole += piece[..<count]
    }
  }

  private static func entries(in folder: String) -> Int {
    guard let directory = opendir(folder) else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
      // All but "." and "..".
      if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
    }
    return count
  }
}

/// The server as its own routes may look at it: it is made after them.
final class ServerView: Sendable {
  // Weak, as the server holds the routes.
  private struct Held { weak var server: HTTPServer? }
  private let held = Mutex(Held())

  func set(_ server: HTTPServer) { held.withLock { $0.server = server } }

  var connectionCount: Int { held.withLock { $0.server }?.connectionCount ?? 0 }
}
