// swift-tools-version: 6.1
import PackageDescription

/// The fuzz targets: a package of its own, because libFuzzer has to be built into every module that it watches.
///
/// `Scripts/fuzz` builds and runs them. `Sources` is a link to the program's, so that its modules belong to this
/// package too and their `package` declarations are in reach; -enable-testing opens the internal ones in a release
/// build.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-enable-testing"]),
]

/// As in the program's own package: with Swift's regular expressions, other functions would be meant by the same names.
let program: [SwiftSetting] =
    settings + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]

let loader: [LinkerSetting] = [.linkedLibrary("dl", .when(platforms: [.linux]))]

/// Every module of the program that takes in what others wrote.
let modules = [
    "ParallelAPI", "ParallelAuth", "ParallelBatch", "ParallelCLI", "ParallelClients", "ParallelHTTP", "ParallelJSON",
    "ParallelMCP",
    "ParallelModels",
    "ParallelOutput", "ParallelSettings", "ParallelSystem", "ParallelTerminal",
]

/// A program that libFuzzer's `main` drives; `name` is what `Scripts/fuzz` calls it.
func fuzzer(_ name: String) -> Target {
    .executableTarget(
        name: "fuzz-\(name)", dependencies: ["FuzzSupport"] + modules.map { .byName(name: $0) },
        path: "Targets/\(name)", swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
}

let package = Package(
    name: "parallel-fuzz",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "CCurl", linkerSettings: loader),
        .target(name: "CEdit", linkerSettings: loader),
        .target(name: "CSystem"),
        // What every part needs of the system: locks, threads, files; and what a byte or a number is as text.
        .target(name: "ParallelSystem", dependencies: ["CSystem"], swiftSettings: program),
        .target(
            name: "ParallelJSON", dependencies: ["ParallelSystem"], swiftSettings: program,
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        .target(name: "ParallelHTTP", dependencies: ["CCurl", "ParallelSystem"], swiftSettings: program),
        .target(
            name: "ParallelSettings", dependencies: ["ParallelHTTP", "ParallelJSON", "ParallelSystem"],
            swiftSettings: program),
        .target(
            name: "ParallelAuth", dependencies: ["ParallelHTTP", "ParallelJSON", "ParallelSettings", "ParallelSystem"],
            swiftSettings: program),
        .target(
            name: "ParallelAPI", dependencies: ["ParallelHTTP", "ParallelJSON", "ParallelSettings", "ParallelSystem"],
            swiftSettings: program),
        .target(
            name: "ParallelMCP",
            dependencies: [
                "ParallelAPI", "ParallelAuth", "ParallelHTTP", "ParallelJSON", "ParallelSettings", "ParallelSystem",
            ],
            swiftSettings: program),
        .target(
            name: "ParallelClients",
            dependencies: ["ParallelJSON", "ParallelMCP", "ParallelSettings", "ParallelSystem"],
            swiftSettings: program),
        .target(
            name: "ParallelModels",
            dependencies: ["ParallelAPI", "ParallelHTTP", "ParallelJSON", "ParallelSettings", "ParallelSystem"],
            swiftSettings: program),
        .target(
            name: "ParallelBatch", dependencies: ["ParallelAPI", "ParallelHTTP", "ParallelJSON", "ParallelSystem"],
            swiftSettings: program),
        .target(name: "ParallelTerminal", dependencies: ["CEdit", "ParallelSystem"], swiftSettings: program),
        .target(
            name: "ParallelOutput",
            dependencies: ["ParallelHTTP", "ParallelJSON", "ParallelSystem", "ParallelTerminal"],
            swiftSettings: program),
        .target(
            name: "ParallelCLI",
            dependencies: [
                "ParallelAPI", "ParallelAuth", "ParallelBatch", "ParallelClients", "ParallelHTTP", "ParallelJSON",
                "ParallelMCP",
                "ParallelModels",
                "ParallelOutput", "ParallelSettings", "ParallelSystem", "ParallelTerminal",
            ],
            swiftSettings: program),
        .target(
            name: "FuzzSupport", dependencies: ["ParallelCLI", "ParallelHTTP", "ParallelSystem", "ParallelTerminal"],
            path: "Support",
            swiftSettings: settings),
        fuzzer("argv"), fuzzer("clients"), fuzzer("csv"), fuzzer("export"), fuzzer("json"), fuzzer("markdown"),
        fuzzer("mcp"),
        fuzzer("quoting"),
        fuzzer("registry"), fuzzer("sse"), fuzzer("url"),
    ],
    swiftLanguageModes: [.v6]
)
