import Concurrency
package import Domain
import Glibc
package import ProcessRunning

/// Reads PDF documents by poppler's `pdftotext` on this machine: a process of its own for each, since a document may
/// be made to break what reads it.
///
/// It gets the document on its standard input, no shell, no file, nothing of the environment, and no more time and
/// memory than the limits say (`prlimit` of util-linux sets them).
package struct PDFProgram: PDFReading {
  package struct Limits: Sendable {
    /// Until it is ended.
    package let seconds: Int
    /// Bytes it may take.
    package let memory: Int
    /// Bytes of text.
    package let text: Int

    package init(seconds: Int = 60, memory: Int = 1 << 30, text: Int = 64 << 20) {
      self.seconds = seconds
      self.memory = memory
      self.text = text
    }
  }

  private let spawner: ProcessSpawner
  private let folders: [String]
  private let limits: Limits

  /// - Parameter path: folders that programs are looked for in, as `PATH` has them.
  package init(spawner: ProcessSpawner, path: String, limits: Limits = Limits()) {
    self.spawner = spawner
    folders = path.split(separator: ":").map { String($0) }
    self.limits = limits
  }

  /// A form feed ends each page.
  package func text(ofPDF pdf: any RangeReading) async throws(DomainError) -> [UInt8] {
    guard let program = find("pdftotext") else {
      throw DomainError(
        .unsupportedMedia, "PDF documents cannot be read: the server has no pdftotext.",
        hint: "The operator installs it: apt-get install poppler-utils.")
    }
    var arguments = [program, "-enc", "UTF-8", "-eol", "unix", "-q", "-", "-"]
    if let prlimit = find("prlimit") {
      arguments =
        [
          prlimit, "--as=\(limits.memory)", "--cpu=\(limits.seconds)", "--core=0", "--fsize=0", "--",
        ] + arguments
    }
    let process: ChildProcess
    do {
      process = try spawner.start(
        Command(
          executable: arguments[0], arguments: Array(arguments.dropFirst()),
          environment: ["LC_ALL": "C.UTF-8", "PATH": folders.joined(separator: ":")]))
    } catch {
      throw DomainError(
        .internalFault, "pdftotext cannot be started.", hint: "The server's log says more.",
        detail: error.debugDescription)
    }
    let outcome: Outcome
    do {
      outcome = try await withTimeout(.seconds(limits.seconds)) { try await converse(process, pdf) }
    } catch let error as DomainError {
      await process.end([])
      throw error
    } catch is CancellationError {
      await process.end([])
      throw DomainError(DomainError.Code("cancelled"), "The request was given up; nothing was stored.")
    } catch {
      outcome = .tooSlow
    }
    // Killed at once where it still runs: it holds nothing that has to be put away.
    await process.end([])
    switch outcome {
    case .text(let text): return text
    case .tooSlow: throw Self.refused("The PDF document takes longer than \(limits.seconds) seconds to read.")
    case .tooLong: throw Self.refused("The PDF document has more than \(limits.text >> 20) MiB of text.")
    case .failed(let words):
      throw DomainError(
        .unsupportedMedia, "The PDF document cannot be read.",
        hint: "It may be damaged, protected by a password, or too large: print it to a new PDF.",
        detail: words)
    }
  }

  private enum Outcome: Sendable {
    case text([UInt8])
    case tooSlow
    case tooLong
    case failed(String)
  }

  private func converse(_ process: ChildProcess, _ pdf: any RangeReading) async throws -> Outcome {
    try await withThrowingTaskGroup(of: [UInt8].self) { group in
      group.addTask {
        try await Self.give(pdf, to: process)
        return []
      }
      group.addTask {
        var words: [UInt8] = []
        while let bytes = try await process.readError() { words += bytes.prefix(max(0, 2000 - words.count)) }
        return words
      }
      var text: [UInt8] = []
      while let bytes = try await process.read() {
        text += bytes
        if text.count > limits.text {
          group.cancelAll()
          return .tooLong
        }
      }
      try Task.checkCancellation()
      var words: [UInt8] = []
      for try await part in group { words += part }
      guard try await process.exitStatus() == .exited(0) else {
        return .failed(String(decoding: words, as: UTF8.self))
      }
      return .text(text)
    }
  }

  /// One that ends early says why on its error output.
  private static func give(_ pdf: any RangeReading, to process: ChildProcess) async throws(DomainError) {
    defer { process.closeInput() }
    var hasEnded = false
    do throws(DomainError) {
      try await pdf.pieces { piece throws(DomainError) in
        do {
          try await process.write(piece)
        } catch {
          hasEnded = true
          throw DomainError(.internalFault, "pdftotext ended early.")
        }
      }
    } catch {
      if !hasEnded { throw error }
    }
  }

  private func find(_ name: String) -> String? {
    folders.map { $0 + "/" + name }.first { access($0, X_OK) == 0 }
  }

  private static func refused(_ message: String) -> DomainError {
    DomainError(.tooLarge, message, hint: "Split it into files of its chapters.")
  }
}
