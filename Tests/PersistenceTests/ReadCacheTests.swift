import Domain
import Persistence
import Testing

struct ReadCacheTests {
  @Test func `a value is read once, and again after a write`() async throws {
    let cache = ReadCache<String, Int>()
    var reads = 0
    for round in 1...2 {
      for _ in 1...3 {
        let value = try await cache.value("a") { () async throws(DomainError) in
          reads += 1
          return round
        }
        #expect(value == round)
      }
      cache.beginWrite()
      cache.endWrite()
    }
    #expect(reads == 2)
  }

  @Test func `a reader that a write overtakes keeps nothing`() async throws {
    let cache = ReadCache<String, Int>()
    let old = try await cache.value("a") { () async throws(DomainError) in
      cache.beginWrite()
      cache.endWrite()
      return 1
    }
    #expect(old == 1)
    let new = try await cache.value("a") { () async throws(DomainError) in 2 }
    #expect(new == 2)
  }

  @Test func `nothing is kept, and nothing kept is found, while a write is under way`() async throws {
    let cache = ReadCache<String, Int>()
    _ = try await cache.value("a") { () async throws(DomainError) in 1 }
    cache.beginWrite()
    for found in 2...3 {
      let value = try await cache.value("a") { () async throws(DomainError) in found }
      #expect(value == found)
    }
    cache.endWrite()
    let value = try await cache.value("a") { () async throws(DomainError) in 4 }
    #expect(value == 4)
  }

  @Test func `what is not there is looked for each time, and the cache does not grow past its limit`()
    async throws
  {
    let cache = ReadCache<Int, Int>(limit: 2)
    var reads = 0
    func look(_ key: Int, _ found: Int?) async throws -> Int? {
      try await cache.value(key) { () async throws(DomainError) in
        reads += 1
        return found
      }
    }
    #expect(try await look(0, nil) == nil)
    #expect(try await look(0, 5) == 5)
    for key in 1...2 { _ = try await look(key, key) }
    reads = 0
    #expect(try await look(0, 6) == 6)
    #expect(reads == 1)
  }
}
