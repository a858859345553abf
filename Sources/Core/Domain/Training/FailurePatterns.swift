/// Words in a log that tell a reason.
struct FailurePattern: Sendable {
  let reason: EndReason
  /// All of them stand in the line.
  let words: [String]

  func matches(_ line: some StringProtocol) -> Bool { words.allSatisfy { line.contains($0) } }

  private init(_ reason: EndReason, _ words: [String]) {
    self.reason = reason
    self.words = words
  }

  /// One pattern per text; a text with ` … ` is several words that all must stand.
  private static func any(_ reason: EndReason, _ texts: [String]) -> [FailurePattern] {
    texts.map { text in FailurePattern(reason, Self.parts(of: text)) }
  }

  private static func parts(of text: String) -> [String] {
    text.split(separator: "…").map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }

  /// Of a command that never ran.
  static let launch: [FailurePattern] =
    any(
      .notInstalled, ["No such file or directory", "command not found", "not found: llamafactory", "ENOENT"])
    + any(.diskFull, ["No space left on device", "Disk quota exceeded"])
    + any(.permissionDenied, ["Permission denied", "EACCES"])

  /// Of a trainer that ran; the first that matches counts, so causes stand before what they bring about.
  static let trainer: [FailurePattern] =
    any(
      .outOfMemoryGPU,
      [
        "CUDA out of memory", "OutOfMemoryError", "CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED",
        "HIP out of memory", "NPU out of memory", "MPS backend out of memory",
      ])
    + any(
      .outOfMemoryHost,
      [
        "can't allocate memory", "not enough memory: you tried to allocate", "Cannot allocate memory",
        "MemoryError", "std::bad_alloc", "is killed by signal: Killed", "is killed by signal: Bus error",
        "oom-kill", "oom_kill", "unable to mmap … bytes",
      ])
    + any(
      .diskFull,
      ["No space left on device", "Disk quota exceeded", "[Errno 28]", "[Errno 122]", "os error 28"])
    + any(.timeLimit, ["DUE TO TIME LIMIT"])
    + any(
      .missingPackage,
      [
        "No package metadata was found for", "To fix: run `pip install",
        "This modeling file requires the following packages", "Please install it via",
        "requires the … library but it was not found", "Using `bitsandbytes` … requires",
      ])
    + any(.notInstalled, ["No module named 'llamafactory'", "llamafactory-cli: command not found"])
    + any(
      .trainerBroken,
      [
        "were compiled with different CUDA versions", "torchvision::nms does not exist",
        "Could not load this library", "undefined symbol", "cannot open shared object file",
        "ModuleNotFoundError: No module named", "ImportError: cannot import name",
        "is required for a normal functioning of this module", "numpy.dtype size changed",
        "PackageNotFoundError",
      ])
    + any(
      .deviceFailed,
      [
        "CUDA error:", "CUDA driver version is insufficient", "No CUDA GPUs are available", "NCCL error",
        "ncclUnhandledCudaError", "ncclSystemError", "uncorrectable ECC", "cuDNN error",
        "CUDA unknown error", "Found no NVIDIA driver", "no kernel image is available",
      ])
    + any(
      .hubGated,
      [
        "gated repo", "GatedRepoError", "Access to model … is restricted", "401 Client Error",
        "403 Client Error",
      ])
    + any(
      .missingModel,
      [
        "Repo id must be in the form", "is not a local folder and is not a valid model identifier",
        "RepositoryNotFoundError", "Can't find 'adapter_config.json'", "404 Client Error",
      ])
    + any(
      .hubOffline,
      [
        "We couldn't connect to", "outgoing traffic has been disabled", "LocalEntryNotFoundError",
        "Max retries exceeded with url", "Name or service not known", "Temporary failure in name resolution",
        "OfflineModeIsEnabled",
      ])
    + any(.badTemplate, ["Template … does not exist", "Cannot parse template", "Cannot find the template"])
    + any(
      .missingDataset,
      ["Undefined dataset", "Cannot open … dataset_info.json", "ValueError: File … not found."])
    + any(
      .badDataset,
      [
        "ArrowTypeError", "ArrowInvalid", "DatasetGenerationError", "SchemaInferenceError",
        "corresponds to no data", "Cannot find valid samples", "expected str instance",
        "not enough values to unpack", "too many values to unpack", "Expected a string, got",
        "not applicable in the current training stage", "Allowed file types",
        "File types should be identical",
        "Dataset converter … not found", "num_samples=0", "CastError",
      ])
    + any(
      .brokenModel,
      [
        "SafetensorError", "Error no file named", "Unrecognized model in",
        "does not appear to have a file named",
        "size mismatch for", "PytorchStreamReader failed", "Couldn't instantiate the backend tokenizer",
        "but Transformers does not recognize this architecture", "It looks like the config file at",
        "Failed to load model", "HeaderTooLarge", "Failed to load tokenizer",
      ])
    + any(.outputNotEmpty, ["Output directory already exists and is not empty"])
    + any(.missingCheckpoint, ["Can't find a valid checkpoint"])
    + any(.permissionDenied, ["PermissionError", "Permission denied", "Read-only file system"])
    + any(
      .badArguments,
      [
        "llamafactory-cli: error:", "are not used by the HfArgumentParser", "Target modules … not found",
        "Please make sure eval_dataset", "Your setup doesn't support bf16",
        "should be a positive integer value",
        "cannot be set as True except", "Please specify", "Please provide", "Please enable", "yaml.scanner",
        "yaml.parser", "GrammarParseError", "Please use `FORCE_TORCHRUN=1`", "is not a valid",
        "does not support", "requires … to be set", "but found … values",
      ])
    + any(.diverged, ["FloatingPointError", "Loss is nan", "loss is NaN"])
    + any(.killedBySignal, ["Signal 9 (SIGKILL) received", "Signal 15 (SIGTERM) received", "exitcode  : -9"])
}
