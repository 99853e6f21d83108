// swift-tools-version: 6.1
import PackageDescription

/// What every Swift target is compiled with, tests included.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// What the program itself is compiled with: without Swift's regular expressions, which would be a megabyte of its
/// eight, and which are easily drawn in by `contains` or `replacing` with a string.
let small: [SwiftSetting] =
    strict + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]

/// Settings for the code that waits for the network and for people: the few percent that this takes off the program are
/// worth more than a few microseconds. Code that goes through every byte of rows, JSON and bodies is compiled for speed.
let smallest: [SwiftSetting] = small + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

/// libcurl and libedit are opened at run time (see `Sources/CCurl` and `Sources/CEdit`), so no target links them.
let loader: [LinkerSetting] = [.linkedLibrary("dl", .when(platforms: [.linux]))]

let flyingFox: [Target.Dependency] = [
    .product(name: "FlyingFox", package: "FlyingFox"), .product(name: "FlyingSocks", package: "FlyingFox"),
]

let package = Package(
    name: "parallel",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "parallel", targets: ["parallel"]),
        .executable(name: "parallel-sandbox", targets: ["parallel-sandbox"]),
    ],
    dependencies: [
        .package(url: "https://github.com/swhitty/FlyingFox", exact: "0.27.1")
    ],
    targets: [
        .target(name: "CCurl", linkerSettings: loader),
        .target(name: "CEdit", linkerSettings: loader),
        .target(name: "CSystem"),
        // What every part needs of the system: locks, threads, files; and what a byte or a number is as text.
        .target(name: "ParallelSystem", dependencies: ["CSystem"], swiftSettings: small),
        .target(
            name: "ParallelJSON", dependencies: ["ParallelSystem"], swiftSettings: small,
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        .target(name: "ParallelHTTP", dependencies: ["CCurl", "ParallelSystem"], swiftSettings: smallest),
        .target(
            name: "ParallelSettings", dependencies: ["ParallelHTTP", "ParallelJSON", "ParallelSystem"],
            swiftSettings: smallest),
        .target(
            name: "ParallelAuth", dependencies: ["ParallelHTTP", "ParallelJSON", "ParallelSettings", "ParallelSystem"],
            swiftSettings: smallest),
        .target(
            name: "ParallelAPI", dependencies: ["ParallelHTTP", "ParallelJSON", "ParallelSettings", "ParallelSystem"],
            swiftSettings: smallest),
        .target(
            name: "ParallelMCP",
            dependencies: [
                "ParallelAPI", "ParallelAuth", "ParallelHTTP", "ParallelJSON", "ParallelSettings", "ParallelSystem",
            ],
            swiftSettings: smallest),
        .target(
            name: "ParallelClients",
            dependencies: ["ParallelJSON", "ParallelMCP", "ParallelSettings", "ParallelSystem"],
            swiftSettings: smallest),
        .target(
            name: "ParallelModels",
            dependencies: ["ParallelAPI", "ParallelHTTP", "ParallelJSON", "ParallelSettings", "ParallelSystem"],
            swiftSettings: smallest),
        .target(
            name: "ParallelBatch", dependencies: ["ParallelAPI", "ParallelHTTP", "ParallelJSON", "ParallelSystem"],
            swiftSettings: smallest),
        .target(name: "ParallelTerminal", dependencies: ["CEdit", "ParallelSystem"], swiftSettings: smallest),
        .target(
            name: "ParallelOutput",
            dependencies: ["ParallelHTTP", "ParallelJSON", "ParallelSystem", "ParallelTerminal"],
            swiftSettings: smallest),
        .target(
            name: "ParallelCLI",
            dependencies: [
                "ParallelAPI", "ParallelAuth", "ParallelBatch", "ParallelClients", "ParallelHTTP", "ParallelJSON",
                "ParallelMCP",
                "ParallelModels",
                "ParallelOutput", "ParallelSettings", "ParallelSystem", "ParallelTerminal",
            ],
            swiftSettings: smallest),
        .executableTarget(
            name: "parallel",
            dependencies: ["ParallelCLI", "ParallelHTTP", "ParallelSettings", "ParallelSystem", "ParallelTerminal"],
            swiftSettings: small),

        // The stand-in server shares no API type with the client, so that one mistake cannot hide on both sides.
        .target(
            name: "SandboxServer",
            dependencies: ["ParallelJSON", "ParallelSystem"] + flyingFox, swiftSettings: strict),
        .executableTarget(
            name: "parallel-sandbox", dependencies: ["ParallelSystem", "SandboxServer"], swiftSettings: strict),

        .target(
            name: "TestSupport",
            dependencies: [
                "ParallelBatch", "ParallelCLI", "ParallelHTTP", "ParallelJSON", "ParallelSettings", "ParallelSystem",
                "ParallelTerminal",
            ],
            path: "Tests/TestSupport", swiftSettings: strict),
        // Reads JSON lines, writes them back: what `Scripts/bench` times against jq.
        .executableTarget(
            name: "json-roundtrip", dependencies: ["ParallelJSON"], path: "Tests/JSONRoundTrip", swiftSettings: strict),
        // Reads CSV, writes it back: what `Scripts/bench` times against Python's csv module.
        .executableTarget(
            name: "csv-roundtrip", dependencies: ["ParallelBatch", "ParallelOutput"], path: "Tests/CSVRoundTrip",
            swiftSettings: strict),
        // Calls a tool of an MCP server many times: what `Scripts/bench` times against the official SDK.
        .executableTarget(
            name: "mcp-calls",
            dependencies: ["ParallelSystem", "ParallelAPI", "ParallelHTTP", "ParallelJSON", "ParallelMCP"],
            path: "Tests/MCPCalls", swiftSettings: strict),
        .testTarget(
            name: "ParallelSystemTests",
            dependencies: ["ParallelJSON", "ParallelHTTP", "ParallelSystem", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelJSONTests", dependencies: ["ParallelJSON", "ParallelSystem", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelHTTPTests", dependencies: ["ParallelHTTP", "ParallelSystem", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelSettingsTests",
            dependencies: ["ParallelJSON", "ParallelHTTP", "ParallelSettings", "ParallelSystem", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelAPITests",
            dependencies: [
                "ParallelAPI", "ParallelHTTP", "ParallelJSON", "ParallelSettings", "ParallelSystem", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelAuthTests",
            dependencies: [
                "ParallelAuth", "ParallelHTTP", "ParallelJSON", "ParallelSettings", "ParallelSystem", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelMCPTests",
            dependencies: [
                "ParallelAPI", "ParallelHTTP", "ParallelJSON", "ParallelMCP", "ParallelSettings", "ParallelSystem",
                "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelClientsTests",
            dependencies: [
                "ParallelClients", "ParallelJSON", "ParallelMCP", "ParallelSettings", "ParallelSystem", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelModelsTests",
            dependencies: [
                "ParallelAPI", "ParallelHTTP", "ParallelJSON", "ParallelModels", "ParallelSettings", "ParallelSystem",
                "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelBatchTests",
            dependencies: [
                "ParallelAPI", "ParallelBatch", "ParallelHTTP", "ParallelJSON", "ParallelOutput", "ParallelSettings",
                "ParallelSystem",
                "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelTerminalTests", dependencies: ["ParallelSystem", "ParallelTerminal", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelOutputTests",
            dependencies: ["ParallelOutput", "ParallelSystem", "ParallelTerminal", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ParallelCLITests",
            dependencies: [
                "ParallelAPI", "ParallelAuth", "ParallelBatch", "ParallelCLI", "ParallelHTTP", "ParallelJSON",
                "ParallelMCP", "ParallelOutput",
                "ParallelSettings", "ParallelSystem", "ParallelTerminal", "TestSupport",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SandboxServerTests", dependencies: ["SandboxServer", "ParallelJSON", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ProcessTests",
            dependencies: [
                "ParallelTerminal",
                "parallel", "parallel-sandbox", "ParallelCLI", "ParallelHTTP", "ParallelJSON", "ParallelSystem",
                "TestSupport",
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
