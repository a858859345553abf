import Domain
import Fleet
import FoundationEssentials
import Testing

/// The real LLaMA-Factory on this machine: LUTHIER_TRAINER is its virtual environment, LUTHIER_TINY_BASE the folder
/// that `scripts/make-tiny-base` made.
@Suite(.enabled(if: RealTrainer.isHere), .timeLimit(.minutes(5))) struct RealTrainerTests {
  @Test func `a training is watched, stopped gracefully, and leaves its adapter`() async throws {
    let trainer = try #require(RealTrainer.environment["LUTHIER_TRAINER"])
    let base = try #require(RealTrainer.environment["LUTHIER_TINY_BASE"])
    try await withFolder { folder async throws in
      try await withHost(folder, trainer: TrainerLocation(virtualEnvironment: trainer)) {
        host, root async throws in
        let facts = try await host.trainer(thorough: true)
        #expect(facts.problem == nil && facts.version != nil && facts.torch != nil)
        let command = try #require(facts.command)
        let job = root + "/u/models/t"
        let data = TestRooms.repository + "/examples/identity.json"
        try await host.write(
          [UInt8](#"{"identity": {"file_name": "\#(data)"}}"#.utf8), to: job + "/dataset_info.json")
        let run = """
          stage: sft
          do_train: true
          model_name_or_path: \(base)
          dataset: identity
          dataset_dir: \(job)
          template: qwen
          finetuning_type: lora
          output_dir: \(job)
          per_device_train_batch_size: 5
          num_train_epochs: 5000
          logging_steps: 5
          save_strategy: "no"
          report_to: none
          overwrite_output_dir: true
          """
        try await host.write([UInt8](run.utf8), to: job + "/run.yaml")
        let metrics = job + "/trainer_log.jsonl"
        var changes = try await host.watch(job, files: [metrics]).makeAsyncIterator()
        _ = try await host.launch(
          JobSpec(
            directory: job, arguments: [command, "train", job + "/run.yaml"],
            environment: ["LLAMABOARD_ENABLED": "1", "LLAMABOARD_WORKDIR": job, "HF_HUB_OFFLINE": "1"],
            stop: StopStep.trainer))
        var change = try #require(try await changes.next())
        while change.sizes[0] <= 0, change.status.state != .ended {
          change = try #require(try await changes.next())
        }
        #expect(change.status.state == .running)
        _ = try await host.stop(job)
        while change.status.state != .ended { change = try #require(try await changes.next()) }
        #expect(change.status.exitCode == 0 && change.status.stopped && change.status.signal == nil)
        let saved = try await host.facts(of: [job + "/adapter_model.safetensors", job + "/all_results.json"])
        #expect(!saved.contains(nil))
        let models = try await host.models(in: [root])
        #expect(
          models.map(\.path) == [job] && models.first?.kind == .adapter && models.first?.baseModel == base)
      }
    }
  }
}

enum RealTrainer {
  static let environment = ProcessInfo.processInfo.environment
  static let isHere = environment["LUTHIER_TRAINER"] != nil && environment["LUTHIER_TINY_BASE"] != nil
}
