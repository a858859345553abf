import Domain
import Glibc
import ProcessRunning

/// How the agent is started on this machine.
package struct AgentProgram: Sendable {
  /// Path of `luthier_agent.py`.
  package let script: String
  /// Path of the Python that runs it; nil: `python3` of the environment's PATH.
  package let python: String?
  /// What the agent and every job inherit; see `environment(from:)`.
  package let environment: [String: String]

  package init(script: String, python: String? = nil, environment: [String: String]) {
    self.script = script
    self.python = python
    self.environment = environment
  }

  /// What training needs of an environment (paths, language, GPUs, caches, proxies), and no secret of the server.
  package static func environment(from all: [String: String]) -> [String: String] {
    let names: Set<String> = [
      "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "LD_LIBRARY_PATH",
      "CONDA_EXE",
      "VIRTUAL_ENV", "OMP_NUM_THREADS", "OMP_WAIT_POLICY", "SSL_CERT_FILE", "SSL_CERT_DIR",
      "REQUESTS_CA_BUNDLE",
      "CURL_CA_BUNDLE",
      "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy",
      "all_proxy",
      "SLURM_CONF", "USE_MODELSCOPE_HUB", "USE_OPENMIND_HUB", "FORCE_TORCHRUN", "DISABLE_VERSION_CHECK",
    ]
    let prefixes = [
      "LC_", "CUDA_", "NVIDIA_", "NCCL_", "HF_", "HUGGINGFACE_", "TRANSFORMERS_", "TORCH", "PYTORCH_", "MKL_",
      "XDG_",
      "MODELSCOPE_", "LLAMAFACTORY_", "ROCM_", "HIP_", "ASCEND_",
    ]
    return all.filter { name, _ in names.contains(name) || prefixes.contains { name.hasPrefix($0) } }
  }

  /// The command that runs the agent; throws where Python or the agent is missing.
  func command(root: String) throws(DomainError) -> Command {
    try command(["--root", root, "--idle-limit", "120"])
  }

  /// The command with other arguments: one of the modes that are no conversation.
  func command(_ arguments: [String]) throws(DomainError) -> Command {
    guard access(script, R_OK) == 0 else {
      throw DomainError(
        .hostFailed, "The agent's file is missing on this machine.",
        hint: "Install Luthier whole: the Agent folder belongs beside the program.", origin: .host,
        detail: script)
    }
    return Command(
      executable: try interpreter(),
      arguments: ["-I", "-X", "utf8", script] + arguments,
      environment: environment,
      workingDirectory: "/")
  }

  private func interpreter() throws(DomainError) -> String {
    if let python {
      if access(python, X_OK) == 0 { return python }
      throw missing("\(python) is not there or cannot be run")
    }
    let folders =
      (environment["PATH"] ?? "").split(separator: ":").map(String.init) + ["/usr/local/bin", "/usr/bin"]
    for folder in folders where folder.hasPrefix("/") {
      if access(folder + "/python3", X_OK) == 0 { return folder + "/python3" }
    }
    throw missing("no python3 in \(folders.joined(separator: ":"))")
  }

  private func missing(_ detail: String) -> DomainError {
    DomainError(
      .hostFailed, "Python 3 is missing on this machine.", hint: "Install it: apt-get install python3",
      origin: .host, detail: detail)
  }
}
