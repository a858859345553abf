import CSystem
package import EventLoop
import Glibc

/// Starts processes whose pipes and ends are watched by event loops.
///
/// Rooms that may not see the loops are given one of these.
package struct ProcessSpawner: Sendable {
  private let loops: EventLoopGroup

  /// The loops must be running for as long as the processes.
  package init(loops: EventLoopGroup) {
    self.loops = loops
  }

  /// Starts a process with three pipes and nothing else of ours: no other descriptor, no ignored signal.
  package func start(_ command: Command) throws(ProcessError) -> ChildProcess {
    let texts =
      [command.executable, command.workingDirectory ?? ""] + command.arguments
      + command.environment.flatMap { [$0.key, $0.value] }
    if texts.contains(where: { $0.utf8.contains(0) }) {
      throw ProcessError(.invalidText, executable: command.executable)
    }
    var pipes = Pipes()
    do {
      try pipes.open(command.executable)
      let processID = try spawn(command, pipes)
      pipes.closeChildEnds()
      return ChildProcess(command, processID: processID, pipes: pipes, loop: loops.any())
    } catch {
      pipes.closeAll()
      throw error
    }
  }

  /// A loop for the descriptors of one conversation.
  func anyLoop() -> EventLoop { loops.any() }

  private func spawn(_ command: Command, _ pipes: Pipes) throws(ProcessError) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, pipes.input.read, 0)
    posix_spawn_file_actions_adddup2(&actions, pipes.output.write, 1)
    posix_spawn_file_actions_adddup2(&actions, pipes.error.write, 2)
    posix_spawn_file_actions_addclosefrom_np(&actions, 3)
    if let folder = command.workingDirectory { posix_spawn_file_actions_addchdir_np(&actions, folder) }
    // The loops ignore SIGPIPE, and an ignored signal would be inherited.
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    let session = command.newSession ? CSYSTEM_SPAWN_SETSID : 0
    posix_spawnattr_setflags(
      &attributes, Int16(Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK) | session))

    var processID: Int32 = 0
    let environment = command.environment.map { "\($0.key)=\($0.value)" }
    let failure = withTextArray([command.executable] + command.arguments) { arguments in
      withTextArray(environment) {
        posix_spawn(&processID, command.executable, &actions, &attributes, arguments, $0)
      }
    }
    if failure != 0 { throw ProcessError(code(of: failure), executable: command.executable, errno: failure) }
    return processID
  }

  private func code(of failure: Int32) -> ProcessError.Code {
    switch failure {
    case ENOENT, ENOTDIR: .notFound
    case EACCES, EPERM, ENOEXEC: .notExecutable
    default: .spawnFailed
    }
  }
}

/// The descriptors of the three pipes until they have their owners.
struct Pipes {
  struct Pipe {
    var read: Int32 = -1
    var write: Int32 = -1
  }

  var input = Pipe()
  var output = Pipe()
  var error = Pipe()

  mutating func open(_ executable: String) throws(ProcessError) {
    for path in [\Pipes.input, \Pipes.output, \Pipes.error] {
      var ends: [Int32] = [-1, -1]
      let result = csystem_pipe(&ends)
      if result < 0 { throw ProcessError(.spawnFailed, executable: executable, errno: -result) }
      self[keyPath: path] = Pipe(read: ends[0], write: ends[1])
    }
  }

  mutating func closeChildEnds() {
    for end in [input.read, output.write, error.write] where end >= 0 { close(end) }
    (input.read, output.write, error.write) = (-1, -1, -1)
  }

  mutating func closeAll() {
    closeChildEnds()
    for end in [input.write, output.read, error.read] where end >= 0 { close(end) }
    (input.write, output.read, error.read) = (-1, -1, -1)
  }
}

/// Lends the texts as the NULL-terminated array that C wants.
private func withTextArray<Result>(
  _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
  for (index, text) in texts.enumerated() { array[index] = strdup(text) }
  array[texts.count] = nil
  defer {
    for index in texts.indices { free(array[index]) }
    array.deallocate()
  }
  return body(array)
}
