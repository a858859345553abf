import Domain
import HTTPWire
@testable import Storage
import Synchronization
import Testing

/// The look at a store when the server begins: what it finds out, and what it says to the operator.
@Suite(.timeLimit(.minutes(1))) struct S3ProbeTests {
  private func probe(_ client: S3Client) -> S3Probe {
    S3Probe(client: client, clock: WallClock { Timestamp(milliseconds: 1_800_000_000_000) })
  }

  private func fault(
    _ fault: @escaping @Sendable (FakeStore.Seen, Int) -> FakeStore.Fault
  ) async throws -> S3Probe.Fault {
    try await FakeStore.run(fault: fault) { fake in
      do {
        _ = try await probe(fake.s3()).run()
      } catch let fault as S3Probe.Fault {
        #expect(fake.uploads.isEmpty)
        #expect(fault.message.contains("s3://data/team/a/ at http://127.0.0.1:\(fake.port)"))
        #expect(!fault.description.contains(FakeStore.secret))
        return fault
      }
      return try #require(nil as S3Probe.Fault?, "nothing was found wrong")
    }
  }

  @Test func `a store that does all is found to, one that does less too, and nothing is left there`()
    async throws
  {
    for verifies in [true, false] {
      for keeps in [true, false] {
        try await FakeStore.run { fake in
          fake.state.withLock {
            $0.verifies = verifies
            $0.keepsWhatIsThere = keeps
          }
          var told: [String] = []
          let abilities = try await probe(fake.s3()).run { told.append($0) }
          #expect(abilities == S3Abilities(verifies: verifies, keepsWhatIsThere: keeps))
          #expect(fake.objects.isEmpty && fake.uploads.isEmpty)
          #expect(fake.seen.allSatisfy { $0.key.isEmpty || $0.key.hasPrefix("team/a/.luthier-probe-") })
          #expect(
            told.contains("objects are removed") && told.contains { $0.contains("read back") } == !verifies)
        }
      }
    }
  }

  @Test(arguments: [
    ("InvalidAccessKeyId", 403, "LUTHIER_S3_KEY_ID"), ("SignatureDoesNotMatch", 403, "LUTHIER_S3_SECRET_KEY"),
    ("ExpiredToken", 400, "LUTHIER_S3_SESSION_TOKEN"), ("RequestTimeTooSkewed", 403, "Set the clock"),
    ("NoSuchBucket", 404, "Make it"), ("AuthorizationHeaderMalformed", 400, "LUTHIER_S3_REGION"),
    ("AccessDenied", 403, "It needs s3:PutObject on data"), ("QuotaExceeded", 403, "no room"),
    ("SomethingElse", 418, "418 SomethingElse"), ("MethodNotAllowed", 405, "could not write objects"),
  ])
  func `what a store refuses is said with its cure`(code: String, status: Int, cure: String) async throws {
    let found = try await fault { _, _ in .answer(status, code, ["Date": "Sun, 22 Nov 2026 10:00:00 GMT"]) }
    #expect(found.description.contains(cure))
    if code == "RequestTimeTooSkewed" {
      #expect(found.message.contains("2027-01-15T08:00:00.000Z, there"))
    }
  }

  @Test func `a bucket of another region is named`() async throws {
    let found = try await fault { _, _ in
      .answer(400, "AuthorizationHeaderMalformed", ["x-region": "eu-west-3"])
    }
    #expect(found.cure == "Set LUTHIER_S3_REGION=eu-west-3.")
    let moved = try await fault { _, _ in
      .answer(301, "PermanentRedirect", ["x-amz-bucket-region": "eu-west-3"])
    }
    #expect(moved.cure == "Set LUTHIER_S3_REGION=eu-west-3.")
  }

  @Test func `each permission that is missing is named`() async throws {
    let reading = try await fault { one, _ in
      one.method == "GET" && one.query["uploads"] == nil ? .answer(403, "AccessDenied") : .none
    }
    #expect(reading.message.contains("read objects"))
    let listing = try await fault { one, _ in
      one.query["uploads"] != nil && one.method == "GET" ? .answer(403, "AccessDenied") : .none
    }
    #expect(listing.cure.contains("s3:ListBucketMultipartUploads"))
    let removing = try await fault { one, _ in
      one.method == "DELETE" && one.query["uploadId"] == nil ? .answer(403, "AccessDenied") : .none
    }
    #expect(removing.cure.contains("s3:DeleteObject"))
    // Without ListBucket Amazon's store says 403 of an object that is not there.
    let looking = try await fault { one, _ in one.method == "HEAD" ? .answer(403, "") : .none }
    #expect(looking.cure.contains("s3:ListBucket"))
  }

  @Test func `what is no object store is recognised`() async throws {
    let found = try await fault { one, _ in one.method == "POST" ? .lateError("x") : .none }
    #expect(found.description.contains("upload in parts"))
  }

  @Test func `a store that is not there is said to be away`() async throws {
    try await FakeStore.run { fake in
      let gone = S3Client(
        http: fake.client,
        location: S3Location(isSecure: false, endpoint: "127.0.0.1:1", bucket: "data"),
        credentials: S3Credentials(keyID: "KEY", secret: FakeStore.secret),
        clock: WallClock { Timestamp(milliseconds: 0) }, pause: { _ in })
      do {
        _ = try await probe(gone).run()
        Issue.record("nobody answers")
      } catch let fault as S3Probe.Fault {
        #expect(fault.message.contains("refused the connection"))
        #expect(fault.cure.contains("LUTHIER_S3_ENDPOINT"))
      }
    }
  }
}
