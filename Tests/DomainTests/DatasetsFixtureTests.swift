import FoundationEssentials
import Testing

@testable import Domain

/// The files of Tests/Fixtures/formats, which `scripts/check-formats` trains on with the real trainer.
///
/// Here it is held that Luthier registers them as `dataset_info.json` beside them says; there, that LLaMA-Factory
/// reads every row of them so.
@Suite struct DatasetsFixtureTests {
  private static let files: [(name: String, format: DatasetFormat)] = [
    ("alpaca-full.json", .alpaca), ("alpaca-preference.json", .alpacaPreference), ("alpaca.json", .alpaca),
    ("kto-messages.jsonl", .kto), ("kto.jsonl", .kto), ("openai-messages.jsonl", .openaiMessages),
    ("openai-preference.jsonl", .sharegptPreference), ("openai-tool.jsonl", .openaiMessages),
    ("pretraining.jsonl", .pretraining), ("question-answer.json", .alpaca),
    ("sharegpt-preference.json", .sharegptPreference), ("sharegpt-tools.json", .sharegpt),
    ("sharegpt-words.jsonl", .sharegpt), ("sharegpt.json", .sharegpt), ("text.txt", .pretraining),
  ]

  private func contents(_ path: String) throws -> Data {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try Data(contentsOf: tests.appending(path: path))
  }

  @Test func `every format is registered as the trainer was seen to read it`() throws {
    var registrations: [DatasetRegistration] = []
    for file in Self.files {
      let report = inspect(try contents("Fixtures/formats/\(file.name)"), file.name)
      #expect(report.format == file.format, "\(file.name)")
      #expect(report.problems.isEmpty, "\(file.name): \(report.problems)")
      #expect(report.validRows == 4, "\(file.name)")
      let name = String(file.name.prefix { $0 != "." })
      registrations.append(
        DatasetRegistration(name: name, fileName: file.name, shape: try #require(report.shape)))
    }
    let expected = String(decoding: try contents("Fixtures/formats/dataset_info.json"), as: UTF8.self)
    #expect(DatasetRegistration.json(registrations) == expected)
  }

  @Test(arguments: [
    ("identity.json", DatasetFormat.alpaca), ("identity-sharegpt.json", .sharegpt),
    ("identity-messages.jsonl", .openaiMessages), ("identity-text.txt", .pretraining),
    ("identity-preference.json", .alpacaPreference),
  ])
  func `the examples that newcomers start from are whole`(_ name: String, _ format: DatasetFormat) throws {
    let report = inspect(try contents("../examples/\(name)"), name)
    #expect(report.format == format)
    #expect(report.validRows == 25)
    #expect(report.problems.isEmpty)
  }
}
