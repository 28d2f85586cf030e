// swift-tools-version: 6.2
import PackageDescription

/// What the engine is built to be watched by: a name that the compiler knows, or several; `make sanitize` and `make fuzz` ask for it.
/// `thread` is asked of the packages that it is built with too (`swift build --sanitize=thread`): what they lock counts.
let sanitizer = Context.environment["RETOUCH_SANITIZER"]
let ownSanitizer = sanitizer == "thread" ? nil : sanitizer

let settings: [SwiftSetting] =
    [
        .strictMemorySafety(),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("ExistentialAny"),
    ] + (ownSanitizer.map { [.unsafeFlags(["-sanitize=\($0)"])] } ?? [])
/// What C leaves undefined is asked of our C alone: the Swift compiler knows no such sanitizer on Linux, and traps by itself.
let cSettings: [CSetting] =
    ownSanitizer.map {
        let name = $0.replacing("fuzzer", with: "fuzzer-no-link")
        return [.unsafeFlags(["-fsanitize=\(name),undefined", "-fno-sanitize-recover=undefined"])]
    } ?? []

/// A C library that Debian packages, found through pkg-config.
func system(_ name: String, in folder: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(name: name, path: "\(folder)/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// A program that shows how the library is used.
func example(_ name: String, in folder: String, _ libraries: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: libraries, path: "Examples/library/\(folder)", swiftSettings: settings)
}

let package = Package(
    name: "Retouch",
    products: [
        .library(name: "Core", targets: ["Core"]),
        .library(name: "Editing", targets: ["Editing"]),
        .library(name: "Batch", targets: ["Batch"]),
        .library(name: "Plotting", targets: ["Plotting"]),
        .library(name: "Evaluation", targets: ["Evaluation"]),
        .library(name: "Downloads", targets: ["Downloads"]),
        .library(name: "Workbench", targets: ["Workbench"]),
        .executable(name: "edit-cli", targets: ["edit-cli"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.26.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        system("CSndfile", in: "Sources/Core/System", pkgConfig: "sndfile", package: "libsndfile1-dev"),
        system("CMPG123", in: "Sources/Core/System", pkgConfig: "libmpg123", package: "libmpg123-dev"),
        system("CFFTW", in: "Sources/Core/System", pkgConfig: "fftw3f", package: "libfftw3-dev"),
        system("COpenBLAS", in: "Sources/Core/System", pkgConfig: "openblas", package: "libopenblas-dev"),
        system("CCairo", in: "Sources/Plotting/System", pkgConfig: "cairo", package: "libcairo2-dev"),
        .target(name: "CKernels", path: "Sources/Core/Kernels/CKernels", cSettings: cSettings),
        .target(name: "CFiles", path: "Sources/Core/System/CFiles", cSettings: cSettings),
        .target(
            name: "Core",
            dependencies: [
                "CSndfile", "CMPG123", "CFFTW", "COpenBLAS", "CKernels", "CFiles",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["System", "Kernels/CKernels"],
            resources: [.copy("Resources/DefaultModel")],
            swiftSettings: settings),
        .target(name: "Editing", dependencies: ["Core"], swiftSettings: settings),
        .target(
            name: "Plotting",
            dependencies: ["Core", "Editing", "CCairo"],
            exclude: ["System"],
            swiftSettings: settings),
        .target(name: "Evaluation", dependencies: ["Core", "Editing"], swiftSettings: settings),
        .target(name: "Batch", dependencies: ["Core", "Editing"], swiftSettings: settings),
        .target(
            name: "Downloads",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings),
        .target(name: "Benchmarking", dependencies: ["Core", "Editing"], swiftSettings: settings),
        .target(
            name: "Workbench",
            dependencies: [
                "Core", "Editing", "Plotting",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Page")],
            swiftSettings: settings),
        .executableTarget(
            name: "edit-cli",
            dependencies: [
                "Core", "Editing", "Batch", "Plotting", "Benchmarking", "Evaluation", "Downloads", "Workbench",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "parity",
            dependencies: ["Core", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Examples/parity",
            exclude: ["parity.py"],
            swiftSettings: settings),
        example("example-fill", in: "FillAGap", ["Core", "Editing"]),
        example("example-map", in: "StrengthMapWithPreviews", ["Core", "Editing", "Plotting"]),
        example("example-folder", in: "FolderOfFiles", ["Core", "Editing"]),
        .target(
            name: "TestSupport",
            dependencies: [
                "Core", "Editing",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/TestSupport",
            swiftSettings: settings),
        .testTarget(name: "CoreTests", dependencies: ["Core", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "EditingTests", dependencies: ["Editing", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "DownloadsTests", dependencies: ["Downloads", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "PlottingTests", dependencies: ["Plotting", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "WorkbenchTests",
            dependencies: ["Workbench", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "CommandLineTests",
            dependencies: ["edit-cli", "example-fill", "example-map", "example-folder", "TestSupport"],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)

// The engine and its tests are enough then, the server where threads are watched, and the program that libFuzzer drives.
if let sanitizer {
    // The usual linker stumbles over what the sanitizers export.
    let linking = [LinkerSetting.unsafeFlags((ownSanitizer.map { ["-sanitize=\($0)"] } ?? []) + ["-use-ld=lld"])]
    let hasServer = sanitizer == "thread"
    let tests = ["CoreTests", "EditingTests", "PlottingTests"] + (hasServer ? ["WorkbenchTests"] : [])
    let engine =
        ["Core", "CKernels", "CFiles", "Editing", "Plotting", "TestSupport"] + (hasServer ? ["Workbench"] : []) + tests
    package.products = []
    package.targets.removeAll { $0.type != .system && !engine.contains($0.name) }
    for target in package.targets where tests.contains(target.name) { target.linkerSettings = linking }
    for target in package.targets where target.name == "TestSupport" {
        target.dependencies = ["Core", "Editing", .product(name: "Crypto", package: "swift-crypto")]
        target.exclude = ["HubServer.swift", "PublishedFolder.swift"]
    }
    if sanitizer.hasPrefix("fuzzer") {
        package.targets.append(
            .executableTarget(
                name: "fuzz", dependencies: ["Core", "Editing"], path: "Tests/Fuzz", exclude: ["run", "Corpus"],
                swiftSettings: settings, linkerSettings: linking))
    }
}
