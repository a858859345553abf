import Concurrency
import Domain
import EventLoop
import Fleet
import HTTPFetching
import HTTPServing
import Persistence
import SQLAccess
import Services
import Storage

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
      if let company = parts.company {
        group.addTask { await company.holder.run() }
        group.addTask { await parts.follower?.run() }
        group.addTask { await company.term.run { await takeOver() } }
      } else {
        group.addTask { await work() }
      }
      group.addTask { await notifier?.watch(parts.loops.loops) }
      group.addTask { await giveBackStartMemory() }
      group.addTask { await parts.objectStore?.run() }
      parts.log.info("ending", ["because": await stop()])
      let isOver = parts.company?.term.isOver ?? false
      // One that begins anew does not end.
      if !isOver { notifier?.stopping() }
      parts.server.drain()
      await parts.server.shutdown(grace: .seconds(isOver ? 1 : 10))
      parts.events.finish()
      await parts.conversations.endAll()
      await parts.usage.flush()
      // While the hosts can still be reached. What another server takes over stays as it is.
      let hasSuccessor = await parts.company?.term.hasSuccessor() ?? false
      if !isOver, !hasSuccessor { await parts.runtime.stopAll() }
      group.cancelAll()
    }
    await parts.company?.term.leave()
    parts.client.close()
    parts.loops.stop()
    await parts.database.close()
    await parts.company?.close()
    parts.log.info("ended")
  }

  /// Everything that goes on without being asked for, until it is cancelled.
  private func work() async {
    let parts = parts
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
      group.addTask { await parts.archiving.run() }
      group.addTask { await parts.conversations.indexBacklog() }
      group.addTask { await parts.conversations.improveTitles() }
    }
  }

  /// The same for a server that has just come to be in charge.
  private func takeOver() async {
    while !Task.isCancelled {
      do {
        try await parts.takeUp()
        parts.company?.charge.open()
        return await work()
      } catch {
        parts.log.warning("the work could not be taken up yet", ["error": error.debugDescription])
      }
      do { try await Task.sleep(for: .seconds(1)) } catch { return }
    }
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
