@testable import CommandLineTool
import Contract
import Glibc
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Models on their way down.
struct ModelDownloadTests {
  /// A tar of plain files as the agent makes it; with pax words where they are given.
  static func tar(_ files: [(name: String, bytes: [UInt8])], type: UInt8 = 48) -> [UInt8] {
    var archive: [UInt8] = []
    for (name, bytes) in files {
      if name.utf8.count > 99 {
        let body = " path=\(name)\n".utf8.count
        let length = (body + 3 > 99) ? body + 3 : body + 2
        let words = Array("\(length) path=\(name)\n".utf8)
        archive += entry("pax", words, UInt8(ascii: "x"))
      }
      archive += entry(name.utf8.count > 99 ? "long" : name, bytes, type)
    }
    return archive + [UInt8](repeating: 0, count: 1024)
  }

  private static func entry(_ name: String, _ bytes: [UInt8], _ type: UInt8) -> [UInt8] {
    var head = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (index, byte) in text.utf8.enumerated() { head[offset + index] = byte }
    }
    func octal(_ number: Int, _ width: Int) -> String {
      let digits = String(number, radix: 8)
      return String(repeating: "0", count: width - digits.count) + digits
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put(octal(bytes.count, 11), at: 124)
    put("        ", at: 148)
    head[156] = type
    put("ustar", at: 257)
    put(octal(head.reduce(0) { $0 + Int($1) }, 6) + "\0", at: 148)
    return head + bytes + [UInt8](repeating: 0, count: -bytes.count & 511)
  }

  private static let long = String(repeating: "深", count: 50)
  private static let weights = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) }
  private static let good = tar([
    ("m/config.json", Array("{}".utf8)), ("m/empty", []), ("m/sub/\(long).txt", [1, 2, 3]),
    ("m/model.safetensors", weights),
  ])

  /// A server with one model; `cuts`: after how many bytes of each answer in turn it breaks off.
  private static func serving(
    _ archive: [UInt8], name: String = "m", cuts: [Int] = [], tags: [String] = []
  ) -> Handler {
    let asked = Mutex(0)
    return { request in
      switch request.target.path {
      case "/api/files/models": return try .wire(ModelListReply(models: [Sample.model(name)]))
      case "/api/files/models/model-1": return try .wire(Sample.model(name))
      case "/api/files/models/model-1/download":
        let number = asked.withLock { asked in
          defer { asked += 1 }
          return asked
        }
        let tag = number < tags.count ? tags[number] : "\"t\""
        var start = 0
        if request.fields["If-Range"].map({ $0 == tag }) ?? true {
          start =
            Int(request.fields["Range"]?.split(separator: "=").last?.split(separator: "-").first ?? "0") ?? 0
        }
        let fields: HTTPFields = [
          "ETag": tag, "Content-Range": "bytes \(start)-\(archive.count - 1)/\(archive.count)",
        ]
        return Response(
          status: .partialContent, fields: fields,
          body: .stream { [start] writer in
            guard number < cuts.count else { return try await writer.write(Array(archive[start...])) }
            try await writer.write(Array(archive[start..<min(archive.count, start + cuts[number])]))
            throw CancellationError()
          })
      default: return try .refusal(404, "not_found", "No such route.")
      }
    }
  }

  @Test func `a model is downloaded as the server's archive and replaces nothing unasked`() async throws {
    try await withTemporaryFolder { folder in
      try await TestServer.run(Self.serving(Self.good)) { server in
        let path = folder + "/out.tar"
        let console = server.console()
        #expect(await console.run("model", "download", "m", "-o", path) == .done)
        #expect(readFile(path) == Self.good)
        #expect(console.output.text == "\(path): \(Quantity.size(Int64(Self.good.count)))\n")
        #expect(console.errors.text.isEmpty)
        #expect(await server.console().run("model", "download", "m", "-o", path) == .conflict)
        #expect(await server.console().run("model", "download", "m", "-o", path, "--force") == .done)
        let piped = server.console()
        #expect(await piped.run("model", "download", "model-1", "-o", "-") == .done)
        #expect(piped.output.bytes == Self.good)
        #expect(await server.console().run("model", "download", "none") == .notFound)
        #expect(namesIn(folder) == ["out.tar"])
      }
    }
  }

  @Test func `an archive is unpacked into a new folder, without its own`() async throws {
    try await withTemporaryFolder { folder in
      try await TestServer.run(Self.serving(Self.good)) { server in
        let path = folder + "/m"
        #expect(await server.console().run("model", "download", "m", "--extract", "-o", path) == .done)
        #expect(readFile(path + "/model.safetensors") == Self.weights)
        #expect(readFile(path + "/sub/\(Self.long).txt") == [1, 2, 3])
        #expect(namesIn(path) == ["config.json", "empty", "model.safetensors", "sub"])
        #expect(await server.console().run("model", "download", "m", "--extract", "-o", path) == .conflict)
        for more in [["--force"], ["-o", "-"]] {
          #expect(await server.console().run(["model", "download", "m", "--extract"] + more) == .usage)
        }
        #expect(namesIn(folder) == ["m"])
      }
    }
  }

  @Test(arguments: [
    tar([("m/../../out", [1])]), tar([("/etc/out", [1])]), tar([("out", [1])]), tar([("m/", [1])]),
    tar([("m/a\nb", [1])]), tar([("m/a", [1]), ("m/a", [2])]), tar([("m/link", [])], type: 50),
    tar([("m/../" + long + long, [1])]), Array(good.dropLast(1024)), [UInt8](repeating: 7, count: 2048),
  ])
  func `an archive that leads elsewhere, or is damaged, leaves nothing`(_ archive: [UInt8]) async throws {
    try await withTemporaryFolder { folder in
      try await TestServer.run(Self.serving(archive)) { server in
        let console = server.console()
        #expect(await console.run("model", "download", "m", "--extract", "-o", folder + "/m") == .failed)
        #expect(console.errors.text.hasPrefix("error: The archive cannot be unpacked"))
        #expect(namesIn(folder) == [])
      }
    }
  }

  @Test(arguments: [false, true])
  func `a download that is cut goes on where it was`(isExtracted: Bool) async throws {
    try await withTemporaryFolder { folder in
      try await TestServer.run(Self.serving(Self.good, cuts: [100_000, 1, 300_000])) { server in
        let path = folder + "/m"
        let more = isExtracted ? ["--extract"] : []
        #expect(await server.console().run(["model", "download", "m", "-o", path] + more) == .done)
        #expect(
          readFile(isExtracted ? path + "/model.safetensors" : path)
            == (isExtracted ? Self.weights : Self.good))
        #expect(namesIn(folder) == ["m"])
      }
    }
  }

  @Test func `what does not fit together, or never comes, leaves nothing`() async throws {
    try await withTemporaryFolder { folder in
      try await TestServer.run(Self.serving(Self.good, cuts: [100_000], tags: ["\"t\"", "\"u\""])) { server in
        let console = server.console()
        #expect(await console.run("model", "download", "m", "-o", folder + "/m.tar") == .conflict)
        #expect(console.errors.text.contains("changed"))
      }
      try await TestServer.run(Self.serving(Self.good, cuts: [100_000, 0, 0, 0, 0, 0, 0])) { server in
        #expect(await server.console().run("model", "download", "m", "-o", folder + "/m.tar") == .unreachable)
      }
      #expect(namesIn(folder) == [])
    }
  }

  @Test(arguments: ["../evil", "..", "a/b", ""])
  func `the server's name for a model leads nowhere else`(_ name: String) async throws {
    try await TestServer.run(Self.serving(Self.good, name: name)) { server in
      #expect(await server.console().run("model", "download", "model-1") == .usage)
      #expect(!server.requests.contains { $0.contains("download") })
    }
  }

  @Test func `an archive read byte by byte is the same files`() throws {
    var reader = TarReader()
    var names: [String] = []
    var bytes: [UInt8] = []
    for byte in Self.tar([("m/a", [1, 2]), ("m/" + Self.long, []), ("m/b", [3])]) {
      for event in try reader.feed([byte]) {
        switch event {
        case .file(let name, _): names.append(name)
        case .data(let data): bytes += data
        case .fileEnd: names.append("-")
        }
      }
    }
    #expect(names == ["m/a", "-", "m/" + Self.long, "-", "m/b", "-"] && bytes == [1, 2, 3])
    #expect(reader.isComplete)
  }
}

private func namesIn(_ folder: String) -> [String] {
  guard let entries = opendir(folder) else { return [] }
  defer { closedir(entries) }
  var names: [String] = []
  while let entry = readdir(entries) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}
