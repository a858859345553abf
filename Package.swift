// swift-tools-version: 6.2
import PackageDescription

// The house as a table: every row is a room and, behind it, the rooms it may import
// (docs/architecture.md). `make build` adds --explicit-target-dependency-import-check error,
// so an arrow that is not in this table does not compile.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

func room(
  _ floor: String, _ name: String, _ imports: [Target.Dependency] = [], carries: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: imports, path: "Sources/\(floor)/\(name)", resources: carries,
    swiftSettings: strict)
}

func binding(_ name: String, pkgConfig: String? = nil, apt: String? = nil) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Bindings/\(name)", pkgConfig: pkgConfig,
    providers: apt.map { [.apt([$0])] })
}

/// The page as Web/build.cjs packed it; the program is built without one where it is not there.
let packedPage = Target.target(
  name: "CPage", path: "Sources/Bindings/CPage", cSettings: [.headerSearchPath("../../../Web/dist")])

func tests(_ name: String, _ imports: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: imports, path: "Tests/\(name)", swiftSettings: strict)
}

/// Only where it is asked for (scripts/fuzz): its main is libFuzzer's, which is linked with -sanitize=fuzzer.
let fuzzing: [Target] =
  Context.environment["LUTHIER_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "luthier-fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzzing/Program",
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
  ]

let package = Package(
  name: "luthier",
  targets: [
    .executableTarget(
      name: "luthier", dependencies: ["Assembly", "CommandLineTool"], path: "Sources/App/luthier",
      swiftSettings: strict),
    // What the measurements drive a room with, from outside; not part of the program.
    .executableTarget(
      name: "ssh-probe",
      dependencies: ["Domain", "Fleet", "Storage", "ProcessRunning", "EventLoop", "Concurrency"],
      path: "Benchmarks/Probes/ssh-probe", swiftSettings: strict),
    room(
      "App", "Assembly",
      [
        "Contract", "API", "Domain", "Services", "Persistence", "Fleet", "Inference", "Storage",
        "EventLoop", "HTTPServing", "HTTPFetching", "HTTPWire", "SQLAccess", "SQLiteDriver", "PostgresDriver",
        "MySQLDriver", "SecretSealing", "ProcessRunning", "Concurrency", "PageFiles", "YAMLReading",
        "Unpacking",
      ],
      carries: [
        "luthier_agent.py", "chat_cli_wrapper.py", "chat_inference.py", "install_trainer.py",
        "verify_model.py", "merge_model.py", "embed_texts.py", "preview_rows.py", "trainer_requirements.txt",
      ].map { .embedInCode("Resources/\($0)") }),

    room("Delivery", "Contract"),
    room("Delivery", "API", ["Contract", "Services", "Domain", "HTTPServing", "HTTPWire"]),
    room("Delivery", "CommandLineTool", ["Contract", "HTTPFetching", "HTTPWire", "LineEditing"]),

    room("Core", "Domain"),
    room("Core", "Services", ["Domain", "Concurrency"]),

    room("Adapters", "Persistence", ["Domain", "SQLAccess"]),
    room("Adapters", "Fleet", ["Domain", "ProcessRunning", "Concurrency"]),
    room("Adapters", "Inference", ["Domain", "HTTPFetching", "HTTPWire"]),
    room("Adapters", "Storage", ["Domain", "HTTPFetching", "HTTPWire", "SecretSealing", "Concurrency"]),

    room("Platform", "Concurrency", ["CSystem"]),
    room("Platform", "HTTPWire"),
    room("Platform", "SQLAccess", ["CSystem"]),
    room("Platform", "EventLoop", ["CSystem", "Concurrency"]),
    room("Platform", "HTTPServing", ["CSystem", "COpenSSL", "HTTPWire", "EventLoop", "Concurrency"]),
    room("Platform", "HTTPFetching", ["CSystem", "CCurl", "HTTPWire", "EventLoop", "Concurrency"]),
    room("Platform", "SQLiteDriver", ["CSQLite", "SQLAccess", "Concurrency"]),
    room("Platform", "PostgresDriver", ["CPostgres", "SQLAccess", "Concurrency"]),
    room("Platform", "MySQLDriver", ["CMySQL", "SQLAccess", "Concurrency"]),
    room("Platform", "SecretSealing", ["CSodium", "COpenSSL"]),
    room("Platform", "ProcessRunning", ["CSystem", "EventLoop", "Concurrency"]),
    room("Platform", "PageFiles", ["CPage"]),
    room("Platform", "LineEditing", ["CEdit"]),
    room("Platform", "YAMLReading", ["CYAML"]),
    room("Platform", "Unpacking", ["CZlib"]),

    // Parsers under whatever a fuzzer makes up; the tests run the corpus over them.
    .target(
      name: "FuzzTargets", dependencies: ["Domain", "Fleet", "HTTPWire", "Storage"],
      path: "Tests/Fuzzing/Targets",
      swiftSettings: strict),

    // The databases that the same tests run over.
    .target(
      name: "TestDatabases",
      dependencies: ["SQLAccess", "SQLiteDriver", "PostgresDriver", "MySQLDriver", "CPostgres", "CMySQL"],
      path: "Tests/Databases", swiftSettings: strict),

    // Programs that tests write in order to run them.
    .target(name: "TestPrograms", path: "Tests/Programs", swiftSettings: strict),

    packedPage,
    binding("CSystem"),
    binding("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    binding("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    binding("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
    binding("CMySQL", pkgConfig: "libmariadb", apt: "libmariadb-dev"),
    binding("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    binding("CEdit", pkgConfig: "libedit", apt: "libedit-dev"),
    binding("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    binding("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    binding("CSodium", pkgConfig: "libsodium", apt: "libsodium-dev"),

    tests("DomainTests", ["Domain", "Unpacking"]),
    tests("HTTPTests", ["HTTPWire", "HTTPServing", "HTTPFetching", "EventLoop", "Concurrency"]),
    tests("FuzzTests", ["FuzzTargets"]),
    tests("PageTests", ["PageFiles"]),
    tests("YAMLTests", ["YAMLReading"]),
    tests(
      "SQLTests",
      [
        "SQLAccess", "SQLiteDriver", "PostgresDriver", "MySQLDriver", "SecretSealing", "Concurrency",
        "TestDatabases",
      ]),
    tests(
      "PersistenceTests", ["Domain", "Persistence", "SQLAccess", "SQLiteDriver", "TestDatabases"]),
    tests(
      "DatabaseTests", ["Assembly", "Domain", "Persistence", "SQLAccess", "SQLiteDriver", "TestDatabases"]),
    tests(
      "ServicesTests", ["Domain", "Services", "Persistence", "SQLAccess", "SQLiteDriver", "Concurrency"]),
    tests(
      "InferenceTests",
      ["Domain", "Inference", "HTTPServing", "HTTPFetching", "HTTPWire", "EventLoop", "Concurrency"]),
    tests(
      "StorageTests",
      [
        "Domain", "Storage", "HTTPServing", "HTTPFetching", "HTTPWire", "EventLoop", "SecretSealing",
        "Concurrency", "ProcessRunning",
      ]),
    tests(
      "FleetTests",
      ["Domain", "Fleet", "Storage", "ProcessRunning", "EventLoop", "Concurrency", "TestPrograms"]),
    tests(
      "CommandLineTests",
      [
        "CommandLineTool", "Assembly", "Contract", "HTTPFetching", "HTTPServing", "HTTPWire", "EventLoop",
        "Concurrency", "LineEditing",
      ]),
    tests(
      "APITests",
      [
        "Assembly", "API", "Contract", "Domain", "Services", "HTTPServing", "HTTPFetching",
        "HTTPWire", "EventLoop", "Concurrency", "Persistence", "SQLAccess", "SQLiteDriver",
        "Storage", "TestDatabases", "TestPrograms",
      ]),
  ] + fuzzing
)

// Where a build is slow, as with a sanitizer: only these tests (scripts/sanitize).
if let wanted = Context.environment["LUTHIER_TESTS"]?.split(separator: ",").map(String.init) {
  package.targets.removeAll { $0.type == .test && !wanted.contains($0.name) }
}
