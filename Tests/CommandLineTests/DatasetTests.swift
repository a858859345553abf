@testable import CommandLineTool
import Contract
import Glibc
import HTTPServing
import HTTPWire
import Synchronization
import Testing

/// Files on their way up and down.
struct DatasetTests {
  private final class Received: Sendable {
    let file = Mutex<[UInt8]>([])
    let names = Mutex<[String]>([])
  }

  private static func receiving(_ received: Received) -> Handler {
    { request in
      #expect(request.fields["Authorization"] == "Bearer the-token")
      // The length is known, so a server can refuse at once.
      #expect(request.fields["Content-Length"] != nil)
      #expect(request.fields["Transfer-Encoding"] == nil)
      var parser = try MultipartParser(contentType: request.fields["Content-Type"] ?? "")
      for try await bytes in request.body {
        for event in try parser.feed(bytes) {
          switch event {
          case .partBegan(let part):
            #expect(part.name == "file")
            received.names.withLock { $0.append(part.filename ?? "-") }
          case .data(let bytes): received.file.withLock { $0 += bytes }
          case .partEnded: break
          }
        }
      }
      try parser.finish()
      let dataset = Sample.dataset("a.json")
      return try .wire(
        DatasetUploadReply(
          fileID: dataset.fileID, filename: dataset.filename, filePath: dataset.filePath, size: dataset.size,
          message: "The dataset was stored.", dataset: dataset))
    }
  }

  @Test(arguments: ["data.json", "数据 集.jsonl", "a\"b\\c;d.json", "line\nbreak.json"])
  func `an upload sends the file's bytes under its name`(_ name: String) async throws {
    try await withTemporaryFolder { folder in
      let received = Received()
      let bytes = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) }
      try write(bytes, to: folder + "/" + name)
      try await TestServer.run(Self.receiving(received)) { server in
        let console = server.console()
        #expect(await console.run("dataset", "upload", folder + "/" + name) == .done)
        #expect(received.file.withLock { $0 } == bytes)
        #expect(received.names.withLock { $0 } == [name])
        #expect(console.output.text == "a.json: 5 rows, alpaca, 1.2 kB (file-1)\n")
        #expect(console.errors.text.isEmpty)  // no bar in a pipe
      }
    }
  }

  @Test func `an empty file is sent as one`() async throws {
    try await withTemporaryFolder { folder in
      let received = Received()
      try write([], to: folder + "/empty.json")
      try await TestServer.run(Self.receiving(received)) { server in
        #expect(await server.console().run("dataset", "upload", folder + "/empty.json") == .done)
        #expect(received.names.withLock { $0 } == ["empty.json"])
        #expect(received.file.withLock { $0 }.isEmpty)
      }
    }
  }

  @Test func `what is no file is not sent`() async throws {
    try await withTemporaryFolder { folder in
      try await TestServer.run { _ in
        .text("")
      } _: { server in
        for path in [folder, folder + "/none.json", "/dev/null"] {
          let console = server.console()
          #expect(await console.run("dataset", "upload", path) == .failed)
          #expect(console.errors.text.hasPrefix("error: \(path) "))
        }
        #expect(server.requests.isEmpty)
      }
    }
  }

  @Test func `a file that is too large is refused with 7 and the server's words`() async throws {
    try await withTemporaryFolder { folder in
      try write([UInt8](repeating: 65, count: 3_000_000), to: folder + "/big.json")
      try await TestServer.run { _ in
        try .refusal(413, "too_large", "The file is larger than 5 bytes.", hint: "Split it.")
      } _: { server in
        let console = server.console()
        #expect(await console.run("dataset", "upload", folder + "/big.json") == .tooMuch)
        #expect(console.errors.text == "error: The file is larger than 5 bytes.\nhint: Split it.\n")
        #expect(console.output.text.isEmpty)
      }
    }
  }

  private static func serving(_ name: String, _ bytes: [UInt8]) -> Handler {
    { request in
      switch request.target.path {
      case "/api/files/datasets": return try .wire(DatasetListReply(files: [Sample.dataset(name)]))
      case "/api/files/datasets/file-1":
        return try .wire(
          DatasetDetailReply(
            dataset: Sample.dataset(name), problems: [], preview: ["{\"a\": \"\u{1B}[2J\"}"], columns: ["a"],
            usedBy: [], lengths: nil))
      case "/api/files/datasets/file-1/download": return Response(body: .bytes(bytes))
      default: return try .refusal(404, "not_found", "No such route.")
      }
    }
  }

  @Test func `a download has the server's bytes and replaces nothing unasked`() async throws {
    try await withTemporaryFolder { folder in
      let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
      try await TestServer.run(Self.serving("a.json", bytes)) { server in
        let path = folder + "/out.json"
        #expect(await server.console().run("dataset", "download", "a.json", "-o", path) == .done)
        #expect(readFile(path) == bytes)
        try write([1], to: path)
        #expect(await server.console().run("dataset", "download", "a.json", "-o", path) == .conflict)
        #expect(readFile(path) == [1])
        #expect(await server.console().run("dataset", "download", "a.json", "-o", path, "--force") == .done)
        #expect(readFile(path) == bytes)
        let piped = server.console()
        #expect(await piped.run("dataset", "download", "file-1", "--output=-") == .done)
        #expect(piped.output.bytes == bytes)
      }
    }
  }

  @Test(arguments: ["../evil", "..", "a/b", ""])
  func `the server's name for a file leads nowhere else`(_ name: String) async throws {
    try await TestServer.run(Self.serving(name, [1])) { server in
      let console = server.console()
      #expect(await console.run("dataset", "download", "file-1") == .usage)
      #expect(!server.requests.contains { $0.contains("download") })
    }
  }

  @Test func `what a dataset holds cannot drive the terminal`() async throws {
    try await TestServer.run(Self.serving("a\u{1B}]0;x\u{7}.json", [])) { server in
      let console = server.console(outputIsTerminal: true, environment: ["NO_COLOR": "1"])
      #expect(await console.run("dataset", "show", "file-1") == .done)
      #expect(console.output.text.contains("a\\u{1b}]0;x\\u{7}.json"))
      #expect(!console.output.bytes.contains(0x1B))
      let list = server.console()
      #expect(await list.run("dataset", "list") == .done)
      #expect(!list.output.bytes.contains(0x1B) && !list.output.bytes.contains(7))
    }
  }

  @Test func `json is the server's own, byte for byte`() async throws {
    let odd = Array("{ \"files\" : [ ],\"more\": 1.50 }".utf8)
    try await TestServer.run { _ in
      .json(odd)
    } _: { server in
      let console = server.console()
      #expect(await console.run("dataset", "list", "--json") == .done)
      #expect(console.output.bytes == odd + [10])
      #expect(console.errors.text.isEmpty)
    }
  }
}
