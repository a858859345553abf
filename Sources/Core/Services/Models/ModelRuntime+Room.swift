import Concurrency
import Domain

/// A load that waits for room on its host.
struct RoomWish: Sendable {
  let key: ServiceKey
  let id: ServiceID
  /// Bytes; nil where nothing is known.
  let need: Int64?
  /// Opens when there is room, or none will ever be.
  let gate = Gate()
}

extension ModelRuntime {
  /// Waits until the host has room for the model, in the order of asking.
  func room(for model: ResolvedModel, _ key: ServiceKey, _ id: ServiceID) async throws(DomainError) {
    let host = try await fleet.host(key.hostID)
    // What a cluster has room for, it says itself.
    let need = host.description.serviceRequest == nil ? await need(of: model, on: host) : nil
    guard live[key]?.id == id, live[key]?.stopping == nil else { throw Self.gone }
    let wish = RoomWish(key: key, id: id, need: need)
    queues[key.hostID, default: []].append(wish)
    await arrange(key.hostID)
    let patience = Task { [settings] in
      // Of its own, for the wait itself has no end: the room may never come.
      try await Task.sleep(for: .seconds(settings.loadTimeout))
      giveUp(wish)
    }
    defer { patience.cancel() }
    do {
      try await wish.gate.wait()
    } catch {
      queues[key.hostID]?.removeAll { $0.id == id }
      throw Self.gone
    }
    if live[key]?.id == id, live[key]?.hasRoom == true { return }
    throw refusals.removeValue(forKey: id) ?? Self.gone
  }

  private func giveUp(_ wish: RoomWish) {
    guard queues[wish.key.hostID]?.contains(where: { $0.id == wish.id }) == true else { return }
    refuse(
      wish,
      DomainError(
        .timedOut, "Other models are in use, and there was no room to load this one.",
        hint: "Try again later, or raise LUTHIER_MODELS_PER_HOST.", origin: .host))
  }

  private func refuse(_ wish: RoomWish, _ error: DomainError) {
    queues[wish.key.hostID]?.removeAll { $0.id == wish.id }
    refusals[wish.id] = error
    wish.gate.open()
  }

  /// Looks at a host's queue again, when something there has changed.
  func lookAgain(at host: HostID) {
    guard queues[host]?.isEmpty == false else { return }
    // Of its own: who releases a model does not wait for who gets its room.
    Task { await arrange(host) }
  }

  /// Gives room to those who wait for it, as long as there is any, and asks others to leave.
  func arrange(_ hostID: HostID) async {
    guard arranging[hostID] == nil else {
      arranging[hostID] = true
      return
    }
    repeat {
      arranging[hostID] = false
      await arrangeOnce(hostID)
    } while arranging[hostID] == true
    arranging[hostID] = nil
  }

  private func arrangeOnce(_ hostID: HostID) async {
    while let wish = queues[hostID]?.first {
      let places: [ModelRoom.Place]
      do {
        places = try await self.places(on: hostID)
      } catch {
        refuse(wish, error)
        continue
      }
      // Who is first may have given up meanwhile.
      guard queues[hostID]?.first?.id == wish.id else { continue }
      let wholeGPU = wish.key.engine.takesWholeGPU && places.first?.gpu != nil
      let need = wholeGPU ? Int64.max / 4 : wish.need
      let decision = ModelRoom.decide(
        need: need, places: places, residents: residents(of: hostID), limits: settings.limits,
        now: clock.now())
      switch decision {
      case .admit(let index):
        queues[hostID]?.removeFirst()
        if let gpu = places[index].gpu { await gpus.hold(gpu, for: wish.id, on: hostID) }
        if live[wish.key]?.id == wish.id {
          live[wish.key]?.hasRoom = true
          live[wish.key]?.gpu = places[index].gpu
          live[wish.key]?.memory = need ?? 0
        } else {
          await gpus.release(wish.id)
        }
        wish.gate.open()
      case .leave(let ids):
        let leaving = live.filter { ids.contains($0.value.id) }
        for key in leaving.keys {
          live[key]?.isLeaving = true
          leaveIfIdle(key)
        }
        return
      case .wait(let until):
        if let until { wake(hostID, after: until.seconds(since: clock.now())) }
        return
      case .refuse(let needed, let limit):
        refuse(wish, Self.tooLarge(needed, limit))
      }
    }
  }

  /// Somebody's residence ends then.
  private func wake(_ host: HostID, after seconds: Double) {
    // Of its own: nobody waits for it, and one that comes for nothing only looks.
    Task {
      try? await Task.sleep(for: .seconds(min(60, max(0.01, seconds))))
      await arrange(host)
    }
  }

  /// Unloads a service that others wait for, once its last request has ended.
  func leaveIfIdle(_ key: ServiceKey) {
    guard let service = live[key], service.isLeaving, service.claims <= 0, service.stopping == nil else {
      return
    }
    // Of its own: who released it last does not wait for its end.
    Task { await stop(key, service, reason: "Another model needed its room.") }
  }

  private func residents(of host: HostID) -> [ModelRoom.Resident] {
    live.filter { $0.key.hostID == host && $0.value.hasRoom }.map { _, service in
      ModelRoom.Resident(
        id: service.id, gpu: service.gpu, memory: service.memory,
        isLoading: service.loading != nil && service.stopping == nil,
        isLeaving: service.isLeaving || service.stopping != nil, uses: service.claims,
        readyAt: service.readyAt, lastUsed: service.lastUsed)
    }
  }

  private func places(on hostID: HostID) async throws(DomainError) -> [ModelRoom.Place] {
    let host = try await fleet.host(hostID)
    if host.description.serviceRequest != nil { return [ModelRoom.Place()] }
    let ready = live.values.filter { $0.record?.hostID == hostID && $0.hasRoom }
    var known: [GPUShare: Int64] = [:]
    for service in ready { if let gpu = service.gpu { known[gpu, default: 0] += service.memory } }
    let places = try await gpus.places(on: host, known: known)
    return places.isEmpty ? [ModelRoom.Place(memory: settings.limits.memory)] : places
  }

  /// Bytes a model needs, by its files; nil where its files are not on the host.
  private func need(of model: ResolvedModel, on host: any Host) async -> Int64? {
    var bytes: Int64 = 0
    for folder in [model.baseModel, model.path].compactMap(\.self) where folder.hasPrefix("/") {
      guard let files = try? await host.modelFiles(in: folder) else { continue }
      for file in files where Self.isWeights(file.name) { bytes += file.size }
    }
    return bytes == 0 ? nil : ModelRoom.need(files: bytes)
  }

  private static func isWeights(_ name: String) -> Bool {
    [".safetensors", ".bin", ".pt", ".pth", ".gguf"].contains { name.hasSuffix($0) }
  }

  private static func tooLarge(_ needed: Int64, _ limit: Int64) -> DomainError {
    func size(_ bytes: Int64) -> String { "\(max(1, bytes >> 20)) MiB" }
    return DomainError(
      .modelStartFailed,
      "The model needs about \(size(needed)), and models may take \(size(limit)) on its host.",
      hint: "Raise LUTHIER_MODEL_MEMORY, or use a smaller model.", origin: .host)
  }
}
