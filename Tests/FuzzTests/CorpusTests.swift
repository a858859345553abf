import FoundationEssentials
import FuzzTargets
import Testing

/// Every input that a fuzzer found worth keeping, and every one that ever broke a rule.
struct CorpusTests {
  private static let corpus: URL = {
    let parts = #filePath.split(separator: "/").dropLast(2)
    return URL(filePath: "/" + parts.joined(separator: "/") + "/Fuzzing/Corpus")
  }()

  @Test(arguments: FuzzTarget.all.map(\.name))
  func `no input of the corpus breaks a rule`(_ name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let folder = Self.corpus.appending(path: name)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path())
    #expect(!files.isEmpty)
    for file in files.sorted() {
      let bytes = [UInt8](try Data(contentsOf: folder.appending(path: file)))
      #expect(target.broken(bytes) == nil, "\(name)/\(file)")
    }
  }

  @Test func `the corpus has no folder without a target`() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path())
    #expect(folders.sorted() == FuzzTarget.all.map(\.name).sorted())
  }

  @Test func `a target says so when a rule is broken`() {
    let target = FuzzTarget("odd") { $0.count % 2 == 1 ? "odd" : nil }
    #expect(target.broken([1]) == "odd")
    #expect(target.broken([1, 2]) == nil)
  }
}
