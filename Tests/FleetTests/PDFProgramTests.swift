import Domain
import Fleet
import TestPrograms
import Testing

/// PDF documents are read by a program that may fail in any way; here it is one of ours.
@Suite struct PDFProgramTests {
  /// A reader whose pdftotext is `script`; prlimit is the system's.
  private static func reader(
    _ script: String?, in folder: String, _ limits: PDFProgram.Limits = .init(seconds: 20)
  ) throws -> PDFProgram {
    if let script {
      try writeProgram("#!/bin/sh\n" + script + "\n", to: folder + "/pdftotext")
    }
    return PDFProgram(spawner: try TestRooms.spawner(), path: folder + ":/usr/bin:/bin", limits: limits)
  }

  private static func code(
    _ reader: PDFProgram, _ pdf: [UInt8] = Array("%PDF-1.7".utf8)
  ) async -> (DomainError.Code, String)? {
    do throws(DomainError) {
      _ = try await reader.text(ofPDF: HeldBytes(pdf))
      return nil
    } catch { return (error.code, error.message + " " + (error.hint ?? "")) }
  }

  @Test func `the document goes in and its text comes out, whatever their sizes`() async throws {
    try await withFolder { folder in
      let pdf = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      let reader = try Self.reader("exec cat", in: folder)
      #expect(try await reader.text(ofPDF: HeldBytes(pdf)) == pdf)
    }
  }

  @Test func `it has nothing of our environment and can write no file`() async throws {
    try await withFolder { folder in
      let told = try Self.reader("echo \"$*\"; env | grep -c -e HOME -e LUTHIER; true", in: folder)
      let text = String(decoding: try await told.text(ofPDF: HeldBytes([])), as: UTF8.self)
      #expect(text.hasPrefix("-enc UTF-8 -eol unix -q - -\n0\n"))
      let writing = try Self.reader("echo words >\(folder)/file && cat", in: folder)
      #expect(await Self.code(writing)?.0 == .unsupportedMedia)
      #expect(contents(folder + "/file")?.isEmpty != false)
    }
  }

  @Test func `one that is not there, fails, hangs or says too much is told as that`() async throws {
    try await withFolder { folder in
      let none = PDFProgram(spawner: try TestRooms.spawner(), path: folder)
      let missing = await Self.code(none)
      #expect(missing?.0 == .unsupportedMedia && missing?.1.contains("poppler-utils") == true)
      let broken = try Self.reader("echo /secret/path >&2; exit 1", in: folder)
      let failed = await Self.code(broken, [UInt8](repeating: 1, count: 2_000_000))
      #expect(failed?.0 == .unsupportedMedia && failed?.1.contains("secret") == false)
      let loud = try Self.reader("exec cat /dev/zero", in: folder, .init(seconds: 20, text: 1 << 20))
      #expect(await Self.code(loud)?.0 == .tooLarge)
      let slow = try Self.reader("exec sleep 600", in: folder, .init(seconds: 1))
      let late = await Self.code(slow)
      #expect(late?.0 == .tooLarge && late?.1.contains("1 seconds") == true)
      let killed = try Self.reader("kill -9 $$", in: folder)
      #expect(await Self.code(killed)?.0 == .unsupportedMedia)
    }
  }
}
