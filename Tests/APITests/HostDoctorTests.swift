import Domain
import HTTPWire
import Services
import Testing

/// The doctor's questions that only a host with GPUs is asked.
@Suite struct HostDoctorTests {
  @Test(arguments: [
    ("12.8 2", 0, "passed", "torch sees 2 GPUs (CUDA 12.8)"),
    ("12.8 1", 0, "passed", "torch sees 1 GPU (CUDA 12.8)"), ("None 0", 0, "failed", "built without CUDA"),
    ("12.8 0", 0, "failed", "driver may be older"), ("", 1, "failed", "No module named torch"),
  ])
  func `the doctor says whether torch uses the GPUs that are there`(
    words: String, code: Int, outcome: String, message: String
  ) async throws {
    try await TestServer.run { server in
      let user = try await server.register("ada")
      let path = "/api/hosts/\(server.host.description.id.rawValue)/doctor"
      server.host.setTrainer(
        TrainerFacts(
          command: "/opt/cli", version: "0.9.5", torch: "2.9", problem: nil, python: "/opt/python"))
      let without = try await server.send(.get, path, as: user)
      #expect(!without.text.contains("\"torch\""), "asked where there is no GPU")
      server.host.setGPUs(2)
      server.host.answer(
        CommandOutcome(exitCode: code, output: "noise\n\(words)\n", error: "x\nNo module named torch\n"),
        to: HostService.torchQuestion)
      let answer = try await server.send(.get, path, as: user)
      let check = answer.json["checks"]?.items.first { $0["name"]?.string == "torch" }
      #expect(check?["status"]?.string == outcome || check?["outcome"]?.string == outcome, "\(answer.text)")
      #expect(check?["message"]?.string?.contains(message) == true, "\(answer.text)")
      #expect((check?["cure"] == nil) == (outcome == "passed"))
    }
  }
}
