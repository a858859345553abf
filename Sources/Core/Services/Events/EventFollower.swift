package import Domain

/// Feeds the bus with the events that another server stores, from the moment on when it was made until this server is in
/// charge, and stores them itself.
///
/// It looks when the store says that there is something new, and every now and then besides: five times a second where
/// the store says nothing.
package struct EventFollower: Sendable {
  private let store: any EventStoring
  private let bus: EventBus
  private let charge: ServerCharge
  private let begin: Int64

  /// To be made before anybody listens to the bus.
  package init(store: any EventStoring, bus: EventBus, charge: ServerCharge) async throws(DomainError) {
    self.store = store
    self.bus = bus
    self.charge = charge
    begin = try await store.newestSequence()
  }

  package func run() async {
    let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let news = (try? store.news()) ?? nil
    await withTaskGroup { group in
      if let news { group.addTask { for await _ in news { look.yield() } } }
      let pace: Duration = news == nil ? .milliseconds(200) : .seconds(1)
      group.addTask {
        repeat { look.yield() } while (try? await Task.sleep(for: pace)) != nil
      }
      await follow(looks)
      group.cancelAll()
    }
  }

  /// Numbers become visible in their order, so that what is behind the last one is all that is missing.
  private func follow(_ looks: AsyncStream<Void>) async {
    var last = begin
    for await _ in looks {
      while true {
        // Before the look: what another server stored is all there by the time that this one is in charge.
        let isOver = charge.isHeld
        do throws(DomainError) {
          let page = try await store.events(after: last, visibleTo: nil, limit: 500)
          bus.publish(page)
          last = page.last?.sequence ?? last
          if page.count == 500 { continue }
          if isOver { return }
        } catch {
          // The next look finds it.
        }
        break
      }
    }
  }
}
