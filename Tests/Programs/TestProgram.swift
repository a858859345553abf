import Glibc

/// Writes a program that a test is about to run: a script with its `#!` line.
///
/// Another process writes it. Were it this one, a child that another test starts at the same moment would hold the
/// file open for writing until its own exec, and the kernel refuses to run such a file (ETXTBSY, execve(2)).
package func writeProgram(_ text: String, to path: String) throws(ProgramUnwritten) {
  let words = ["/bin/sh", "-c", "printf %s \"$2\" >\"$1\" && chmod 700 \"$1\"", "sh", path, text]
  var arguments = words.map { strdup($0) } + [nil]
  defer { for word in arguments { free(word) } }
  var process: pid_t = 0
  let failure = posix_spawn(&process, "/bin/sh", nil, nil, &arguments, environ)
  guard failure == 0 else { throw ProgramUnwritten(path: path, status: failure) }
  var status: Int32 = 0
  while waitpid(process, &status, 0) < 0 {
    guard errno == EINTR else { throw ProgramUnwritten(path: path, status: errno) }
  }
  guard status == 0 else { throw ProgramUnwritten(path: path, status: status) }
}

package struct ProgramUnwritten: Error {
  let path: String
  let status: Int32
}
