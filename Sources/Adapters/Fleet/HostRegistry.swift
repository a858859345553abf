import Concurrency
package import Domain

/// The hosts there are, which may come and go; each lives in a task of its own.
package actor HostRegistry: HostFleet {
  private struct Member: Sendable {
    let host: any RunnableHost
    /// Opened to end it.
    let leave = Gate()
    /// Open once it has ended.
    let gone = Gate()
  }

  private var members: [Member] = []
  /// The same by their identifiers: each task asks for its host again and again.
  private var known: [HostID: Member] = [:]
  private var isRunning = false
  private let arrivals: AsyncStream<Member>
  private let arrival: AsyncStream<Member>.Continuation

  /// The order is kept.
  package init(_ hosts: [any RunnableHost] = []) {
    (arrivals, arrival) = AsyncStream.makeStream()
    members = hosts.map { Member(host: $0) }
    for member in members.reversed() { known[member.host.description.id] = member }
    for member in members { arrival.yield(member) }
  }

  /// Keeps every host connected until the task is cancelled; call once.
  package func run() async {
    isRunning = true
    await withDiscardingTaskGroup { group in
      for await member in arrivals { group.addTask { await Self.keep(member) } }
      group.cancelAll()
    }
    isRunning = false
  }

  private static func keep(_ member: Member) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await member.host.run() }
      group.addTask { try? await member.leave.wait() }
      await group.next()
      group.cancelAll()
    }
    member.gone.open()
  }

  package func hosts() async -> [any Host] { members.map(\.host) }

  package func host(_ id: HostID) async throws(DomainError) -> any Host {
    guard let member = known[id] else { throw .notFound("The host") }
    return member.host
  }

  /// Adds a host behind the others, or in the place of the one with its identifier, whose connection is ended first.
  package func put(_ host: any RunnableHost) async {
    let id = host.description.id
    let member = Member(host: host)
    if let before = known[id] {
      await end(before)
      // The place may have moved meanwhile, and the host may have been removed.
      guard let place = place(of: id) else { return }
      members[place] = member
    } else {
      members.append(member)
    }
    known[id] = member
    arrival.yield(member)
  }

  /// Takes a host out; its connection has ended when this returns.
  package func remove(_ id: HostID) async {
    guard let place = place(of: id) else { return }
    known[id] = nil
    await end(members.remove(at: place))
  }

  private func place(of id: HostID) -> Int? { members.firstIndex { $0.host.description.id == id } }

  private func end(_ member: Member) async {
    member.leave.open()
    if isRunning { try? await member.gone.wait() }
  }
}
