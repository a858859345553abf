import Domain
import Testing

struct PipelineMachineTests {
  private let now = Timestamp(milliseconds: 1000)
  private let made = ["model": PipelineOutput(.model, "m1", name: "first")]
  private let why = PipelineFailure(code: "task_failed", message: "No.", hint: nil)

  private func machine(_ kinds: PipelineStep.Kind...) -> PipelineMachine {
    PipelineMachine(
      PipelineRun(
        id: .make(), userID: .make(),
        pipeline: Pipeline(
          name: "x", steps: kinds.map { PipelineStep(id: $0.rawValue, kind: $0, inputs: [:]) }),
        createdAt: Timestamp(milliseconds: 0)))
  }

  @Test func `a run does one step after the other and completes`() throws {
    var machine = machine(.train, .merge)
    #expect(try machine.apply(.begun, at: now).actions == [.carry(0)])
    #expect(machine.run.steps.map(\.state) == [.running, .pending])
    #expect(try machine.apply(.completed(step: 0, made), at: now).actions == [.carry(1)])
    #expect(machine.run.outputs["train"]?["model"]?.name == "first")
    let last = try machine.apply(.completed(step: 1, [:]), at: now)
    #expect(last.actions == [])
    #expect(machine.run.state == .completed)
    #expect(machine.run.endedAt == now)
  }

  @Test func `a run that is taken up again carries on the step under way, and changes nothing`() throws {
    var machine = machine(.train, .merge)
    _ = try machine.apply(.begun, at: now)
    let task = TaskID.make()
    #expect(try machine.apply(.submitted(step: 0, task), at: now).changed)
    let again = try machine.apply(.begun, at: now)
    #expect(again.actions == [.carry(0)])
    #expect(!again.changed)
    #expect(machine.run.steps[0].taskID == task.rawValue)
    #expect(machine.run.steps[0].attempt == 1)
  }

  @Test func `a failed step ends the run, and nothing behind it is begun`() throws {
    var machine = machine(.train, .merge, .notify)
    _ = try machine.apply(.begun, at: now)
    #expect(try machine.apply(.failed(step: 0, why), at: now).actions == [])
    #expect(machine.run.state == .failed)
    #expect(machine.run.steps.map(\.state) == [.failed, .pending, .pending])
    #expect(try !machine.apply(.completed(step: 0, made), at: now).changed)
  }

  @Test func `resuming begins at the failed step, and its task is run again`() throws {
    var machine = machine(.merge, .train)
    _ = try machine.apply(.begun, at: now)
    _ = try machine.apply(.completed(step: 0, made), at: now)
    _ = try machine.apply(.submitted(step: 1, .make()), at: now)
    _ = try machine.apply(.failed(step: 1, why), at: now)
    #expect(try machine.apply(.resumeRequested, at: now).actions == [.carry(1)])
    #expect(machine.run.state == .running)
    #expect(machine.run.steps[1].attempt == 2)
    #expect(machine.run.steps[1].retries)
    #expect(machine.run.steps[1].failure == nil)
    #expect(machine.run.steps[0].attempt == 1)
  }

  @Test func `cancelling ends what the step began, and the run when that has ended`() throws {
    var machine = machine(.train, .merge)
    _ = try machine.apply(.begun, at: now)
    #expect(try machine.apply(.cancelRequested, at: now).actions == [.stop(0)])
    #expect(machine.run.state == .running)
    let twice = try machine.apply(.cancelRequested, at: now)
    #expect(twice.actions == [.stop(0)])
    #expect(!twice.changed)
    _ = try machine.apply(.stopped(step: 0), at: now)
    #expect(machine.run.state == .cancelled)
    #expect(machine.run.steps.map(\.state) == [.cancelled, .pending])
    #expect(try machine.apply(.resumeRequested, at: now).actions == [.carry(0)])
    #expect(!machine.run.cancelRequested)
  }

  @Test func `a step that completes while it is being cancelled is kept, and nothing more is begun`() throws {
    var machine = machine(.merge, .serve)
    _ = try machine.apply(.begun, at: now)
    _ = try machine.apply(.cancelRequested, at: now)
    #expect(try machine.apply(.completed(step: 0, made), at: now).actions == [])
    #expect(machine.run.state == .cancelled)
    #expect(machine.run.steps.map(\.state) == [.completed, .pending])
  }

  @Test func `a task that is submitted while the run is being cancelled is stopped`() throws {
    var machine = machine(.train)
    _ = try machine.apply(.begun, at: now)
    _ = try machine.apply(.cancelRequested, at: now)
    #expect(try machine.apply(.submitted(step: 0, .make()), at: now).actions == [.stop(0)])
    #expect(try machine.apply(.begun, at: now).actions == [.carry(0), .stop(0)])
  }

  @Test func `what has ended is not cancelled, what runs or has completed is not resumed`() throws {
    var machine = machine(.notify)
    _ = try machine.apply(.begun, at: now)
    #expect(throws: DomainError.self) { try machine.apply(.resumeRequested, at: now) }
    _ = try machine.apply(.completed(step: 0, [:]), at: now)
    #expect(throws: DomainError.self) { try machine.apply(.resumeRequested, at: now) }
    #expect(throws: DomainError.self) { try machine.apply(.cancelRequested, at: now) }
  }

  @Test func `news of a step that is not under way changes nothing`() throws {
    var machine = machine(.train, .merge)
    _ = try machine.apply(.begun, at: now)
    for event in [
      PipelineMachine.Event.completed(step: 1, made), .failed(step: 7, why), .submitted(step: 1, .make()),
    ] {
      #expect(try !machine.apply(event, at: now).changed)
    }
    #expect(machine.run.steps.map(\.state) == [.running, .pending])
  }
}
