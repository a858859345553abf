import Domain
import FoundationEssentials

/// The command line that starts something of ours on a host, and what is sent to run there.
///
/// It is read by whatever login shell the user has, so it is one line of single-quoted words.
enum RemoteStart {
  /// Starts Python on a program of ours; says `missing` where the host has none.
  ///
  /// - Parameter interpreter: is tried first. A name may stand for a script that only finds the real one.
  static func python(_ program: String, _ arguments: [String], interpreter: String = "python3") -> String {
    let encoded = Data(program.utf8).base64EncodedString()
    let loader = "import base64;exec(base64.b64decode('\(encoded)').decode())"
    let shell =
      "for p in \"$0\" python3 /usr/bin/python3 /usr/local/bin/python3; do command -v \"$p\" >/dev/null 2>&1 && "
      + "exec \"$p\" -I -X utf8 -c \"$@\"; done; echo; echo \"LUTHIER {\\\"missing\\\": true}\"; exit 127"
    return (["exec", "/bin/sh", "-c", shell, interpreter, loader] + arguments).enumerated()
      .map { $0.offset < 3 ? $0.element : quoted($0.element) }.joined(separator: " ")
  }

  /// A word for any shell: only a single quote needs more than quotes.
  static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }

  /// Puts the agent in place unless it is there, then becomes it.
  ///
  /// Arguments: its SHA-256, its size, the root, the
  /// idle limit. Readable by Python 2 too, which must be able to say how old it is.
  static let agentProgram = #"""
    import sys
    if sys.version_info < (3, 6):
        sys.stdout.write('\nLUTHIER {"old": "%d.%d"}\n' % sys.version_info[:2])
        sys.exit(3)
    import errno, hashlib, json, os
    want, size, root, idle = sys.argv[1], int(sys.argv[2]), os.path.expanduser(sys.argv[3]), sys.argv[4]
    os.umask(0o077)
    def say(**fields):
        os.write(1, b"\nLUTHIER " + json.dumps(fields).encode() + b"\n")
    def digest(data):
        return hashlib.sha256(data).hexdigest()
    folder = os.path.join(os.path.expanduser("~"), ".luthier", "agent")
    path = os.path.join(folder, want + ".py")
    try:
        with open(path, "rb") as f:
            present = digest(f.read()) == want
    except (IOError, OSError):
        present = False
    try:
        if not os.path.isabs(root):
            raise ValueError("the user data folder is not absolute")
        os.makedirs(root, 0o700, exist_ok=True)
        root = os.path.realpath(root)
        say(present=present, root=root)
        if not present:
            data = b""
            while len(data) < size:
                piece = os.read(0, min(65536, size - len(data)))
                if not piece:
                    sys.exit(4)
                data += piece
            if digest(data) != want:
                raise ValueError("the agent did not arrive whole")
            os.makedirs(folder, 0o700, exist_ok=True)
            draft = "%s.%d.tmp" % (path, os.getpid())
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                with os.fdopen(fd, "wb") as f:
                    f.write(data)
                    f.flush()
                    os.fsync(f.fileno())
                os.rename(draft, path)
            except BaseException:
                os.unlink(draft)
                raise
            say(placed=True)
    except (OSError, ValueError) as problem:
        codes = {errno.ENOSPC: "storage_full", errno.EDQUOT: "storage_full"}
        denied = (errno.EACCES, errno.EPERM, errno.EROFS)
        number = getattr(problem, "errno", None)
        say(error=codes.get(number, "permission_denied" if number in denied else "io"), message=str(problem))
        sys.exit(5)
    os.chdir("/")
    os.execv(sys.executable, [sys.executable, "-I", "-X", "utf8", path, "--root", root, "--idle-limit", idle])
    """#

  /// Starts the agent in one of those modes.
  static func ownMode(_ mode: String, agentHash: String, interpreter: String) -> String {
    python(ownModeProgram, [agentHash, mode], interpreter: interpreter)
  }

  /// Is the agent in one of the modes that have a session of their own.
  ///
  /// As a module, of which Python keeps the compiled form beside it: a large file starts several.
  /// Arguments: the agent's SHA-256, and the mode: `receive`, `send` or `splice`.
  static let ownModeProgram = #"""
    import importlib.util, os, sys
    path = os.path.join(os.path.expanduser("~"), ".luthier", "agent", sys.argv[1] + ".py")
    spec = importlib.util.spec_from_file_location("luthier_agent", path)
    agent = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(agent)
    agent.main(sys.argv[2:])
    """#
}

/// What our own programs say before the protocol begins.
struct StartWord: Decodable {
  let missing: Bool?
  let old: String?
  let present: Bool?
  let root: String?
  let placed: Bool?
  let error: String?
  let message: String?

  /// What keeps the host from being used.
  var problem: DomainError? {
    if missing == true {
      return DomainError(
        .hostFailed, "Python 3 is missing on the host.", hint: "Install it there: apt-get install python3",
        origin: .host)
    }
    if let old {
      return DomainError(
        .hostFailed, "Python \(old) on the host is too old.", hint: "Install Python 3.6 or newer there.",
        origin: .host)
    }
    return error.map { AgentError.refused(FrameHead.Refusal(code: $0, message: message ?? "")) }
  }
}

/// Finds our words among what the host's shell start-up files may print.
struct StartWords {
  private var pending: [UInt8] = []
  private static let mark = Array("LUTHIER ".utf8)
  private static let limit = 262_144

  mutating func push(_ bytes: [UInt8]) { pending += bytes }

  /// Whether more was printed than a greeting can be.
  var isTooMuch: Bool { pending.count > Self.limit }

  /// The next word; what follows it is `rest`.
  mutating func next() -> StartWord? {
    while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
      let line = Array(pending[..<end])
      pending.removeFirst(end + 1)
      guard line.starts(with: Self.mark) else { continue }
      if let word = try? JSONDecoder().decode(StartWord.self, from: Data(line.dropFirst(Self.mark.count))) {
        return word
      }
    }
    return nil
  }

  var rest: [UInt8] { pending }
}
