import Contract
import Domain
import HTTPServing
import Services

extension Tasks {
  static func gpus(_ call: Call) async throws -> Response {
    let task = try await task(call)
    let attempt = try call.integer("attempt", in: 1...100_000, default: Int64(task.attempt))
    let samples = try await call.services.tasks.gpuSamples(of: task, attempt: Int(attempt))
    let gpus = Dictionary(grouping: samples, by: \.gpu).sorted { $0.key.index < $1.key.index }
    return try .json(
      TaskGPUsReply(
        attempt: Int(attempt),
        gpus: gpus.map { gpu, samples in
          TaskGPUReply(
            index: gpu.index, uuid: gpu.uuid, memoryTotalBytes: samples.last?.memoryTotal ?? 0,
            samples: samples.map {
              GPUSampleReply(
                seconds: $0.seconds, utilization: $0.utilization, memoryUsedBytes: $0.memoryUsed)
            })
        }))
  }
}
