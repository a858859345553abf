import Concurrency
import Domain
import EventLoop
import Fleet
import HTTPFetching
import HTTPServing
import Persistence
import SQLAccess
import Services

/// Runs what lives as long as the server, and ends it in order.
package struct Lifecycle: Sendable {
  private let parts: Bootstrap
  private let notifier: ServiceNotifier?

  /// - Parameter notifier: tells a service manager that the server lives, and that it ends.
  package init(_ parts: Bootstrap, notifier: ServiceNotifier? = nil) {
    self.parts = parts
    self.notifier = notifier
  }

  /// Returns when `stop` has returned the reason to end and everything has ended.
  ///
  /// Trainers go on.
  package func run(until stop: () async -> String) async {
    let (parts, notifier) = (parts, notifier)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await parts.outside.connect() }
      group.addTask { await parts.hostWatch.run() }
      group.addTask { await parts.discovery.run() }
      group.addTask { await parts.supervisor.run() }
      group.addTask { await parts.runtime.run { await parts.preload?.run() } }
      group.addTask { await parts.scripted?.run() }
      group.addTask { await parts.usage.run() }
      group.addTask { await pruneEvents(parts) }
      group.addTask { await parts.uploads.run() }
      group.addTask { await parts.accountRemovals.run() }
      group.addTask { await parts.indexes.run() }
      group.addTask { await parts.pipelines.run() }
      group.addTask { await parts.conversations.indexBacklog() }
      group.addTask { await parts.conversations.improveTitles() }
      group.addTask { await notifier?.watch(parts.loops.loops) }
      group.addTask { await giveBackStartMemory() }
      parts.log.info("ending", ["because": await stop()])
      notifier?.stopping()
      parts.server.drain()
      await parts.server.shutdown(grace: .seconds(10))
      parts.events.finish()
      await parts.conversations.endAll()
      await parts.usage.flush()
      // While the hosts can still be reached.
      await parts.runtime.stopAll()
      group.cancelAll()
    }
    parts.client.close()
    parts.loops.stop()
    await parts.database.close()
    parts.log.info("ended")
  }

  /// When hosts and models have been looked for once.
  private func giveBackStartMemory() async {
    do { try await Task.sleep(for: .seconds(2)) } catch { return }
    StartMemory.giveBack()
  }

  /// Events are for catching up, not for history: a month is kept.
  private func pruneEvents(_ parts: Bootstrap) async {
    while !Task.isCancelled {
      do {
        try await parts.eventStore.prune(before: parts.clock.now().adding(seconds: -30 * 86_400))
      } catch {
        parts.log.warning("old events could not be forgotten", ["error": error.debugDescription])
      }
      do { try await Task.sleep(for: .seconds(3600)) } catch { return }
    }
  }
}
