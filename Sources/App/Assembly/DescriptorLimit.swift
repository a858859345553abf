import Glibc

/// How many files and sockets this process may have open.
enum DescriptorLimit {
  /// More than this many nobody needs here, and programs that are started inherit the limit: some look at
  /// every number below it.
  private static let most: rlim_t = 65_536

  /// Raises the limit as far as the system lets a process raise its own.
  static func raise() {
    guard var limit = read() else { return }
    let wanted = min(limit.rlim_max, most)
    guard limit.rlim_cur < wanted else { return }
    limit.rlim_cur = wanted
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Lets the runtime make the descriptors of its timers now.
  ///
  /// It makes them at the first sleep by each clock, and ends the process where none is left.
  static func reserveForSleeping() async {
    try? await Task.sleep(for: .milliseconds(1), clock: .continuous)
    try? await Task.sleep(for: .milliseconds(1), clock: .suspending)
  }

  /// How many clients may be connected so that database, hosts and files still find descriptors.
  ///
  /// They must: libdispatch looks into its own threads by /proc each second that work waits, and ends the process
  /// where it finds no descriptor for it. What is open already is counted, and a quarter is left.
  static func connections(wanted: Int) -> Int {
    guard let limit = read(), limit.rlim_cur < rlim_t(Int32.max) else { return wanted }
    let all = Int(limit.rlim_cur)
    return min(wanted, max(1, all - open() - min(512, max(32, all / 4))))
  }

  /// Descriptors that are open now; 0 where the system does not say.
  private static func open() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Not counted: the folder itself and the one above it, and the descriptor that looks.
    return max(0, count - 3)
  }

  private static func read() -> rlimit? {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? limit : nil
  }
}
