import FoundationEssentials
import Glibc
import TestPrograms

/// A program called `llamafactory-cli` that does what the base model's folder says, and writes what the
/// real one does.
struct FakeTrainer {
  let folder: String
  var command: String { "\(folder)/llamafactory-cli" }

  enum Behaviour: String {
    case completes, crashes, waits
    /// Goes on when there is a file called `go` in the base model's folder.
    case pauses
    /// Ends with 0, as the real one does, though every loss is not a number.
    case diverges
  }

  init(in folder: String) throws {
    self.folder = folder
    try writeProgram(Self.program, to: command)
  }

  /// A base model folder; training on it goes as `behaviour` says.
  func base(_ behaviour: Behaviour) throws -> String {
    let path = "\(folder)/base-\(behaviour.rawValue)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let files = [
      "config.json": "{\"model_type\": \"qwen2\", \"architectures\": [\"Qwen2ForCausalLM\"]}",
      "model.safetensors": "weights", "behaviour": behaviour.rawValue,
    ]
    for (name, text) in files {
      try text.write(to: URL(filePath: "\(path)/\(name)"), atomically: true, encoding: .utf8)
    }
    return path
  }

  private static let program = """
    #!/usr/bin/env python3
    import json, os, signal, sys, time

    def say(text):
        print(text, flush=True)

    if sys.argv[1:2] != ["train"]:
        sys.exit(2)
    config = {}
    for line in open(sys.argv[2]):
        key, _, value = line.partition(": ")
        config[key] = json.loads(value)
    out = config["output_dir"]
    base = config["model_name_or_path"]
    behaviour = open(os.path.join(base, "behaviour")).read()
    rows = json.load(open(os.path.join(config["dataset_dir"], "dataset_info.json")))
    for entry in rows.values():
        open(entry["file_name"]).read()
    os.makedirs(out, exist_ok=True)

    def step(number, total, loss):
        with open(os.path.join(out, "trainer_log.jsonl"), "a") as log:
            log.write('{"current_steps": %d, "total_steps": %d, "loss": %s, "lr": 5e-05, "epoch": %.1f, '
                      '"percentage": %.1f, "elapsed_time": "0:00:0%d", "remaining_time": "0:00:01"}\\n'
                      % (number, total, loss, number, 100.0 * number / total, number))

    def save(*_):
        with open(os.path.join(out, "adapter_config.json"), "w") as file:
            json.dump({"base_model_name_or_path": base, "peft_type": "LORA"}, file)
        with open(os.path.join(out, "adapter_model.safetensors"), "w") as file:
            file.write("adapter")

    say("[INFO] pid %d" % os.getpid())
    say("[INFO] loading the model")
    if behaviour == "crashes":
        say("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 GiB.")
        sys.exit(1)
    if behaviour == "waits":
        def stop(*_):
            save()
            say("[INFO] saved")
            sys.exit(0)
        signal.signal(signal.SIGABRT, stop)
        step(1, 4, "2.0")
        say("[INFO] waiting")
        while True:
            signal.pause()
    if behaviour == "pauses":
        say("[INFO] waiting")
        while not os.path.exists(os.path.join(base, "go")):
            time.sleep(0.02)
    for number in range(1, 5):
        step(number, 4, "0.0" if behaviour == "diverges" else str(2.5 / number))
        say("%d%%|####|" % (25 * number))
    save()
    with open(os.path.join(out, "all_results.json"), "w") as file:
        file.write("{}")
    say("[INFO] done")
    """
}
