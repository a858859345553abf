extension QueueWait {
  /// One sentence.
  ///
  /// Such as "Waits for GPU 0 on gpu1, 2 ahead, about 40 min."
  package var message: String {
    var text = because
    if ahead > 0 { text += ", \(ahead) ahead" }
    if let expected { text += ", about " + Self.duration(expected) }
    text += "."
    if reason != .gpuStranger, !strangers.isEmpty {
      text += " Somebody else computes on \(Self.names(strangers))."
    }
    return text
  }

  package var messageZh: String {
    var text = becauseZh
    if ahead > 0 { text += "，前面还有 \(ahead) 个训练" }
    if let expected { text += "，约 \(Self.durationZh(expected))" }
    text += "。"
    if reason != .gpuStranger, !strangers.isEmpty { text += "\(Self.names(strangers)) 正被他人占用。" }
    return text
  }

  private var wanted: String { gpus.isEmpty ? "a GPU" : Self.names(gpus) }
  private var wantedZh: String { gpus.isEmpty ? "一块 GPU" : Self.names(gpus) }

  /// The server's own machine has a name of words, which are the reader's too.
  private var isHere: Bool { hostName == HostDescription.thisMachine }
  private var host: String { isHere ? "this machine" : hostName }
  private var hostZh: String { isHere ? "本机" : "主机 \(hostName)" }
  private var onHostZh: String { isHere ? "本机上" : " \(hostName) 上" }

  private var because: String {
    switch reason {
    case .starting: "Starts now on \(host)"
    case .hostUnreachable: "Waits for \(host), which cannot be reached"
    case .hostNotSeen: "Waits for \(host), which is being connected"
    case .hostMissing: "Waits for the host \(host), which is not configured any more"
    case .slotsFull: "Waits for a free slot on \(host)"
    case .gpusBusy: "Waits for \(wanted) on \(host)"
    case .gpusServing: "Waits for \(wanted) on \(host), where a chat model is loaded"
    case .gpuStranger: "Waits for \(wanted) on \(host), where somebody else computes"
    case .gpuMemory: "Waits for \(wanted) on \(host), whose memory is in use"
    case .gpuUnusable: "Waits for \(wanted) on \(host), which is divided (MIG) or closed to computing"
    case .gpusReserved:
      "Waits for \(wanted) on \(host), kept for a task with several GPUs that has waited longer"
    case .gpusUnreadable: "Waits for \(host), whose GPUs cannot be read (nvidia-smi)"
    case .gpusMissing: "Waits for GPUs that \(host) does not have"
    case .cluster:
      "Waits in the queue of \(host)"
        + (clusterReason.flatMap(ClusterWaitWords.english).map { ", \($0)" } ?? "")
    case .clusterAway: "Waits in the queue of \(host), whose Slurm does not answer"
    }
  }

  private var becauseZh: String {
    switch reason {
    case .starting: "即将在\(onHostZh)启动"
    case .hostUnreachable: "等待\(hostZh)，目前无法连接"
    case .hostNotSeen: "等待\(hostZh)，正在连接"
    case .hostMissing: "等待\(hostZh)，它已不在配置中"
    case .slotsFull: "等待\(onHostZh)的空闲槽位"
    case .gpusBusy: "等待\(onHostZh)的\(wantedZh)"
    case .gpusServing: "等待\(onHostZh)的\(wantedZh)，上面加载着对话模型"
    case .gpuStranger: "等待\(onHostZh)的\(wantedZh)，正被他人占用"
    case .gpuMemory: "等待\(onHostZh)的\(wantedZh)，其显存已被占用"
    case .gpuUnusable: "等待\(onHostZh)的\(wantedZh)，它已被 MIG 切分或禁止计算"
    case .gpusReserved: "等待\(onHostZh)的\(wantedZh)，已为等待更久的多卡训练预留"
    case .gpusUnreadable: "等待\(hostZh)，无法读取其 GPU（nvidia-smi）"
    case .gpusMissing: "等待\(onHostZh)不存在的 GPU"
    case .cluster:
      "在\(onHostZh)的 Slurm 队列中等待"
        + (clusterReason.flatMap(ClusterWaitWords.chinese).map { "，\($0)" } ?? "")
    case .clusterAway: "在\(onHostZh)的 Slurm 队列中等待，其 Slurm 控制器暂无响应"
    }
  }

  private static func names(_ indices: [Int]) -> String {
    (indices.count == 1 ? "GPU " : "GPUs ") + indices.map(String.init).joined(separator: ", ")
  }

  private static func duration(_ seconds: Double) -> String {
    if seconds < 60 { return "1 min" }
    let minutes = Int((seconds / 60).rounded())
    return minutes < 100 ? "\(minutes) min" : "\(Int((seconds / 3600).rounded())) h"
  }

  private static func durationZh(_ seconds: Double) -> String {
    if seconds < 60 { return "1 分钟" }
    let minutes = Int((seconds / 60).rounded())
    return minutes < 100 ? "\(minutes) 分钟" : "\(Int((seconds / 3600).rounded())) 小时"
  }
}
