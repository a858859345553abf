import Testing

@testable import PageFiles

/// The pack of the web page is read within its bounds, whatever it holds.
@Suite struct PageFilesTests {
  private static func field(_ bytes: [UInt8]) -> [UInt8] {
    let length = UInt32(bytes.count)
    return (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + bytes
  }

  private static func pack(_ files: [[[UInt8]]]) -> [UInt8] {
    Array(PageFiles.format.utf8) + files.flatMap { $0.flatMap(field) }
  }

  private static let script: [[UInt8]] = [
    Array("assets/a.js".utf8), Array("text/javascript".utf8), Array("00ff".utf8), [1, 2, 3], [4], [],
  ]

  @Test func `every file is there with all its forms`() throws {
    let second =
      [Array("index.html".utf8), Array("text/html".utf8), Array("ab".utf8), [], [], []] as [[UInt8]]
    let files = try PageFiles(pack: Self.pack([Self.script, second])).files
    #expect(files.map(\.path) == ["assets/a.js", "index.html"])
    #expect(files[0].contentType == "text/javascript")
    #expect(files[0].hash == "00ff")
    #expect(files[0].bytes == [1, 2, 3])
    #expect(files[0].gzip == [4])
    #expect(files[0].brotli == nil)
    #expect(files[1].bytes.isEmpty)
  }

  @Test func `a pack without files is one`() throws {
    #expect(try PageFiles(pack: Self.pack([])).files.isEmpty)
  }

  @Test func `a pack that ends early is refused, wherever it ends`() throws {
    let whole = Self.pack([Self.script])
    for end in PageFiles.format.utf8.count + 1..<whole.count {
      #expect(throws: PagePackError.cutOff) { try PageFiles(pack: Array(whole[..<end])) }
    }
    #expect(throws: PagePackError.cutOff) { try PageFiles(pack: whole + [0]) }
  }

  @Test func `a length beyond everything is refused`() {
    let pack = Array(PageFiles.format.utf8) + [255, 255, 255, 255, 1]
    #expect(throws: PagePackError.cutOff) { try PageFiles(pack: pack) }
  }

  @Test func `another format is refused`() {
    for text in ["", "luthier page 2\n", "luthier page"] {
      #expect(throws: PagePackError.otherFormat) { try PageFiles(pack: Array(text.utf8)) }
    }
  }

  @Test func `a path that is no text is refused`() {
    var file = Self.script
    file[0] = [0xFF]
    #expect(throws: PagePackError.noText) { try PageFiles(pack: Self.pack([file])) }
  }

  @Test func `what this program carries can be read, and its documents name only what is there`() throws {
    guard let page = try PageFiles.builtIn() else { return }  // built without the page
    let paths = Set(page.files.map(\.path))
    let documents = page.files.filter { $0.path.hasSuffix(".html") }
    #expect(documents.map(\.path).contains("index.html"))
    #expect(documents.count == 2)
    for document in documents {
      let text = String(decoding: document.bytes, as: UTF8.self)
      let named = text.split(separator: "\"").filter { $0.hasPrefix("/assets/") }
      #expect(named.count >= 2, "\(document.path)")
      for name in named { #expect(paths.contains(String(name.dropFirst())), "\(name)") }
    }
  }
}
