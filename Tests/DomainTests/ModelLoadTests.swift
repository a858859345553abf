import Domain
import Testing

/// The life of a load, and who has to leave for it.
@Suite struct ModelLoadTests {
  private static func at(_ seconds: Double) -> Timestamp { Timestamp(seconds: 1000 + seconds) }

  private static func phases(_ actions: [ModelLoad.Action]) -> [String] {
    actions.map { action in
      switch action {
      case .tell(let progress): progress.phase.rawValue
      case .remember(let seconds): "remember \(seconds)"
      }
    }
  }

  @Test func `a load is told phase by phase, and remembered by the time it took without its wait`() {
    var load = ModelLoad(at: Self.at(0))
    var told: [String] = []
    told += Self.phases(load.apply(.passed, at: Self.at(1)))
    #expect(load.progress(at: Self.at(20)).seconds == 20)
    told += Self.phases(load.apply(.admitted(expected: 40), at: Self.at(30)))
    #expect(load.progress(at: Self.at(30)).fraction == 0)
    told += Self.phases(load.apply(.logged(.weights), at: Self.at(33)))
    told += Self.phases(load.apply(.logged(.starting), at: Self.at(34)))
    #expect(load.progress(at: Self.at(40)).fraction == 0.25)
    told += Self.phases(load.apply(.passed, at: Self.at(35)))
    told += Self.phases(load.apply(.passed, at: Self.at(38)))
    told += Self.phases(load.apply(.logged(.preparing), at: Self.at(41)))
    #expect(load.progress(at: Self.at(500)).fraction == 0.99)
    told += Self.phases(load.apply(.answered, at: Self.at(50)))
    told += Self.phases(load.apply(.failed, at: Self.at(51)))
    #expect(told == ["starting", "weights", "weights", "preparing", "ready", "remember 20.0"])
    #expect(load.progress(at: Self.at(52)).fraction == 1)
  }

  @Test func `what stands in a cluster's queue waits, with its place, and is not counted as loading`() {
    var load = ModelLoad(at: Self.at(0))
    func place(_ ahead: Int, _ reason: String?) -> QueueWait {
      QueueWait(
        ClusterJob(id: "7", state: .pending, reason: reason, ahead: ahead), hostName: "lab", at: Self.at(0))
    }
    #expect(Self.phases(load.apply(.queued(place(4, nil)), at: Self.at(1))) == ["waiting"])
    #expect(load.apply(.queued(place(3, nil)), at: Self.at(2)).isEmpty)
    #expect(load.progress(at: Self.at(2)).queue?.ahead == 3)
    #expect(Self.phases(load.apply(.queued(place(3, "Resources")), at: Self.at(3))) == ["waiting"])
    #expect(load.apply(.answered, at: Self.at(4)).isEmpty)
    #expect(Self.phases(load.apply(.admitted(expected: 20), at: Self.at(600))) == ["starting"])
    #expect(load.progress(at: Self.at(610)).queue == nil && load.progress(at: Self.at(610)).fraction == 0.5)
    #expect(load.apply(.queued(place(1, nil)), at: Self.at(611)).isEmpty)
    #expect(Self.phases(load.apply(.answered, at: Self.at(620))) == ["ready", "remember 20.0"])
  }

  @Test func `a first load has no fraction, and nothing follows its end`() {
    var load = ModelLoad(at: Self.at(0))
    #expect(load.apply(.answered, at: Self.at(1)).isEmpty)
    #expect(load.apply(.logged(.weights), at: Self.at(1)).isEmpty)
    _ = load.apply(.admitted(expected: nil), at: Self.at(2))
    #expect(load.progress(at: Self.at(9)).fraction == nil)
    #expect(Self.phases(load.apply(.cancelled, at: Self.at(9))) == ["cancelled"])
    #expect(load.apply(.answered, at: Self.at(10)).isEmpty)
    #expect(load.phase == .cancelled)
  }

  @Test func `a failed load rests longer each time, up to a minute`() {
    let error = DomainError(.modelStartFailed, "no")
    var failure: LoadFailure?
    var rests: [Double] = []
    for _ in 0..<8 {
      let next = LoadFailure(error, at: Self.at(0), after: failure)
      rests.append(next.rest)
      failure = next
    }
    #expect(rests == [3, 6, 12, 24, 48, 60, 60, 60])
    #expect(failure?.rests(at: Self.at(59)) == true)
    #expect(failure?.rests(at: Self.at(60)) == false)
    let ended = LoadFailure(error, at: Self.at(0), after: nil, mayLoadAtOnce: true)
    #expect(!ended.rests(at: Self.at(0)))
  }

  @Test(
    arguments: [
      ("", nil), ("INFO loading configuration", nil), ("Loading weights:  40%|####", .weights),
      ("Loading safetensors checkpoint shards: 50% Completed", .weights),
      ("Loading weights: 100%\nMerged 1 adapter(s).", .preparing),
      ("Loading weights: 100%\nINFO:     Uvicorn running on http://127.0.0.1:1", .preparing),
    ] as [(String, ModelLoad.Phase?)])
  func `a log tells the phase`(tail: String, phase: ModelLoad.Phase?) {
    #expect(LoadLog.phase(tail) == phase)
  }
}

@Suite struct ModelRoomTests {
  private static let now = Timestamp(seconds: 1000)
  private static let (a, b, c) = (ServiceID.make(), ServiceID.make(), ServiceID.make())
  private static let gpu = [GPUShare(index: 0, uuid: "G0"), GPUShare(index: 1, uuid: "G1")]

  private static func resident(
    _ id: ServiceID, gpu: GPUShare? = nil, memory: Int64 = 10, loading: Bool = false, leaving: Bool = false,
    uses: Int = 0, ready: Double = 900, used: Double = 950
  ) -> ModelRoom.Resident {
    ModelRoom.Resident(
      id: id, gpu: gpu, memory: memory, isLoading: loading, isLeaving: leaving, uses: uses,
      readyAt: Timestamp(seconds: ready), lastUsed: Timestamp(seconds: used))
  }

  private static func decide(
    _ residents: [ModelRoom.Resident], models: Int? = nil, memory: Int64? = nil, residence: Double = 10,
    need: Int64? = 10, places: [ModelRoom.Place]? = nil
  ) -> ModelRoom.Decision {
    ModelRoom.decide(
      need: need, places: places ?? [.init(memory: memory)], residents: residents,
      limits: .init(models: models, memory: memory, residence: residence), now: now)
  }

  @Test func `without limits everything fits`() {
    #expect(Self.decide([]) == .admit(place: 0))
    #expect(Self.decide([Self.resident(Self.a), Self.resident(Self.b)]) == .admit(place: 0))
  }

  @Test func `the longest unused leaves, and a busy one only where no idle one can`() {
    let old = Self.resident(Self.a, used: 910)
    let new = Self.resident(Self.b, used: 960)
    #expect(Self.decide([new, old], models: 2) == .leave([Self.a]))
    let busy = Self.resident(Self.a, uses: 2, used: 910)
    #expect(Self.decide([new, busy], models: 2) == .leave([Self.b]))
    #expect(Self.decide([busy], models: 1) == .leave([Self.a]))
  }

  @Test func `nobody leaves while loading or before its residence is over`() {
    #expect(Self.decide([Self.resident(Self.a, loading: true)], models: 1) == .wait(until: nil))
    let fresh = Self.resident(Self.a, ready: 995)
    #expect(Self.decide([fresh], models: 1) == .wait(until: Timestamp(seconds: 1005)))
    #expect(Self.decide([fresh], models: 1, residence: 5) == .leave([Self.a]))
    let other = Self.resident(Self.b, used: 999)
    #expect(Self.decide([fresh, other], models: 2) == .leave([Self.b]))
  }

  @Test func `who was told to leave is waited for, and nobody else is told`() {
    let leaving = Self.resident(Self.a, leaving: true, uses: 3)
    #expect(Self.decide([leaving], models: 1) == .wait(until: nil))
    #expect(Self.decide([leaving, Self.resident(Self.b, used: 1)], models: 2) == .wait(until: nil))
    #expect(Self.decide([leaving, Self.resident(Self.b)], models: 1) == .leave([Self.b]))
  }

  @Test func `memory is counted on a host without a GPU, and more than all of it is refused`() {
    let two = [Self.resident(Self.a, memory: 40, used: 910), Self.resident(Self.b, memory: 40, used: 920)]
    #expect(Self.decide(two, memory: 100, need: 20) == .admit(place: 0))
    #expect(Self.decide(two, memory: 100, need: 21) == .leave([Self.a]))
    #expect(Self.decide(two, memory: 100, need: 70) == .leave([Self.a, Self.b]))
    #expect(Self.decide(two, memory: 100, need: 101) == .refuse(needed: 101, limit: 100))
    #expect(Self.decide(two, memory: 100, need: nil) == .admit(place: 0))
  }

  @Test
  func `a model goes to the GPU with room, then where the fewest must leave, and an empty one is tried`() {
    let places = [
      ModelRoom.Place(gpu: Self.gpu[0], memory: 80), ModelRoom.Place(gpu: Self.gpu[1], memory: 80),
    ]
    let first = Self.resident(Self.a, gpu: Self.gpu[0], memory: 60)
    #expect(Self.decide([first], need: 30, places: places) == .admit(place: 1))
    #expect(Self.decide([first], need: 500, places: places) == .admit(place: 1))
    let small = [
      Self.resident(Self.b, gpu: Self.gpu[1], memory: 40),
      Self.resident(Self.c, gpu: Self.gpu[1], memory: 40),
    ]
    #expect(Self.decide([first] + small, need: 75, places: places) == .leave([Self.a]))
    let fresh = Self.resident(Self.a, gpu: Self.gpu[0], memory: 60, ready: 999)
    #expect(Self.decide([fresh] + small, need: 40, places: places) == .leave([Self.b]))
  }
}
