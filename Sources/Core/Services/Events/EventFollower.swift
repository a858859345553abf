package import Domain

/// Feeds the bus with the events that another server stores, from the moment on when it was made until this server is in
/// charge, and stores them itself.
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

  /// Numbers become visible in their order, so that what is behind the last one is all that is missing.
  package func run() async {
    var last = begin
    while !Task.isCancelled {
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
      do { try await Task.sleep(for: .milliseconds(200)) } catch { return }
    }
  }
}
