// swift-tools-version: 6.0
// Blendway: deepfake detectors trained by MPI ranks on CPU clusters.
//
// Targets stand in dependency order: system modules → C shims → Tensor, Store,
// Distributed → Model, Blend, Data → Training → Launch. Nothing points back.

import PackageDescription

/// Which pkg-config package provides a system library. The names are Debian's
/// and Ubuntu's; elsewhere (or for another MPI) set the variable.
func systemPackage(_ variable: String, default name: String) -> String {
    Context.environment[variable] ?? name
}

/// FFmpeg, dlib and LMDB, for `extract` and for importing LMDBs. Training needs none of them, so a cluster that lacks
/// them can build without: BLENDWAY_EXTRACT=0. Module Extraction then names what it would need.
let withExtraction = !["0", "no", "false"].contains(Context.environment["BLENDWAY_EXTRACT"] ?? "")

let extractionTargets: [Target] = !withExtraction ? [] : [
    .systemLibrary(
        name: "CFFmpegSystem", pkgConfig: "libavformat",
        providers: [.apt(["libavformat-dev", "libavcodec-dev", "libswscale-dev"])]),
    .systemLibrary(name: "CLMDB", providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(name: "CWebPSystem", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CTIFFSystem", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
    .systemLibrary(name: "COpenJPEGSystem", pkgConfig: "libopenjp2", providers: [.apt(["libopenjp2-7-dev"])]),
    .systemLibrary(name: "CAVIFSystem", pkgConfig: "libavif", providers: [.apt(["libavif-dev"])]),
    .systemLibrary(name: "CHEIFSystem", pkgConfig: "libheif", providers: [.apt(["libheif-dev"])]),
    .target(
        name: "CPictureFormats",
        dependencies: ["CPictures", "CWebPSystem", "CTIFFSystem", "COpenJPEGSystem", "CAVIFSystem", "CHEIFSystem"]),
    .target(
        name: "CFFmpeg", dependencies: ["CFFmpegSystem"],
        linkerSettings: ["avformat", "avcodec", "swscale", "avutil", "de265"].map { .linkedLibrary($0) }),
    .target(name: "CDlib", linkerSettings: [.linkedLibrary("dlib")]),
]

let package = Package(
    name: "blendway",
    products: [
        .executable(name: "blendway", targets: ["Launch"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        // System libraries: module maps, nothing else.
        .systemLibrary(
            name: "CMPISystem", pkgConfig: systemPackage("BLENDWAY_MPI_PKG", default: "mpi"),
            providers: [.apt(["libopenmpi-dev"])]),
        // Plain `hdf5` is taken over by the parallel build when that is installed too.
        .systemLibrary(
            name: "CHDF5System", pkgConfig: systemPackage("BLENDWAY_HDF5_PKG", default: "hdf5-serial"),
            providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: systemPackage("BLENDWAY_BLAS_PKG", default: "openblas"),
            providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CJPEGSystem", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
        .systemLibrary(name: "CPNGSystem", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

        // C: shims over macro-ridden headers, and the hot loops.
        .target(name: "CMPI", dependencies: ["CMPISystem"]),
        .target(name: "CHDF5", dependencies: ["CHDF5System"]),
        .target(name: "CKernels"),
        .target(name: "CProcess"),
        .target(name: "CPictures", dependencies: ["CJPEGSystem", "CPNGSystem"]),

        // What files of other people's are, whatever their names say. Knows no format's contents.
        .target(name: "ForeignFiles"),
        .target(name: "Tensor", dependencies: ["CKernels", "COpenBLAS"]),
        .target(
            name: "Store", dependencies: ["CCrypto", "CHDF5", "ForeignFiles"]),
        // The folder is `Distributed`; a module of that name would collide with the toolchain's own.
        .target(
            name: "DistributedTraining", dependencies: ["CKernels", "CMPI", "Tensor"], path: "Sources/Distributed"),
        .target(
            name: "Imaging",
            dependencies: ["CPNGSystem", "CPictures", "ForeignFiles"] + (withExtraction ? ["CPictureFormats"] : []),
            swiftSettings: withExtraction ? [.define("BLENDWAY_EXTRACT")] : []),

        .target(name: "Model", dependencies: ["Tensor", "CKernels"]),
        .target(name: "Interchange", dependencies: ["ForeignFiles", "Model", "Store", "Tensor"]),
        .target(name: "Blend", dependencies: ["Imaging", "Tensor", "CKernels"]),
        .target(
            name: "Synthesis", dependencies: ["CKernels", "Imaging", "Tensor"],
            resources: [.copy("Resources/generators.bin")]),
        .target(
            name: "Data",
            dependencies: [
                "Blend", "CKernels", "ForeignFiles", "Imaging", "Store", "Synthesis", "Tensor",
            ]),
        .target(
            name: "Extraction",
            dependencies: [
                "CKernels", "Data", "ForeignFiles", "Imaging", "Store", "Tensor",
            ]
                + (withExtraction ? ["CDlib", "CFFmpeg", "CLMDB", "COpenBLAS"] : []),
            swiftSettings: withExtraction ? [.define("BLENDWAY_EXTRACT")] : []),
        .target(name: "Metrics"),
        .target(name: "Report", dependencies: ["Metrics"]),
        .target(
            name: "Training",
            dependencies: [
                "Blend", "CKernels", "Data", "DistributedTraining", "Imaging", "Interchange", "Metrics", "Model",
                "Report", "Store", "Synthesis", "Tensor",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["RunLog/TensorBoard/event.proto"]),
        // Around jobs: are the hosts fit, what restarts a run, how far does it scale.
        .target(
            name: "Cluster",
            dependencies: ["CKernels", "CProcess", "DistributedTraining", "Model", "Store", "Tensor"]),
        .target(
            name: "Experiment",
            dependencies: [
                "CKernels", "Data", "DistributedTraining", "Imaging", "Metrics", "Report", "Store", "Tensor",
                "Training", .product(name: "Yams", package: "Yams"),
            ]),
        .executableTarget(
            name: "Launch",
            dependencies: [
                "Blend", "CKernels", "Cluster", "Data", "DistributedTraining", "Experiment", "Extraction",
                "ForeignFiles", "Imaging", "Interchange", "Metrics", "Model", "Report", "Store", "Synthesis", "Tensor", "Training",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Tests: one folder per target. The probes are what tests start as processes of their own.
        .target(name: "TestSupport", dependencies: ["Imaging", "Tensor"], path: "Tests/TestSupport"),
        .executableTarget(
            name: "MPIProbe", dependencies: ["DistributedTraining"], path: "Tests/MPIProbe"),
        .executableTarget(name: "StoreProbe", dependencies: ["Store"], path: "Tests/StoreProbe"),
        .testTarget(name: "TensorTests", dependencies: ["Tensor", "CKernels"]),
        .testTarget(name: "StoreTests", dependencies: ["Store", "StoreProbe", "TestSupport"]),
        .testTarget(
            name: "MPITests", dependencies: ["DistributedTraining", "MPIProbe", "TestSupport"]),
        .testTarget(name: "ForeignFilesTests", dependencies: ["ForeignFiles", "TestSupport"]),
        .testTarget(
            name: "ImagingTests", dependencies: ["ForeignFiles", "Imaging", "TestSupport"], exclude: ["Oracle"],
            swiftSettings: withExtraction ? [.define("BLENDWAY_EXTRACT")] : []),
        .testTarget(
            name: "ModelTests", dependencies: ["Model", "Tensor", "CKernels", "TestSupport"],
            exclude: ["Oracle", "Sanitizer"]),
        .testTarget(
            name: "InterchangeTests", dependencies: ["Interchange", "Model", "Store", "Tensor", "TestSupport"]),
        .testTarget(name: "BlendTests", dependencies: ["Blend"]),
        .testTarget(name: "SynthesisTests", dependencies: ["Synthesis", "CKernels", "Imaging", "Tensor"]),
        .testTarget(
            name: "DataTests", dependencies: ["Data", "Blend", "Imaging", "Store", "Tensor", "TestSupport"]),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics"], exclude: ["Oracle"]),
        .testTarget(name: "ReportTests", dependencies: ["Report", "Metrics"]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "DistributedTraining", "Metrics", "Store", "Synthesis", "Tensor", "TestSupport", "Training",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(name: "ExperimentTests", dependencies: ["Experiment", "Metrics", "Training", "TestSupport"]),
        .testTarget(name: "ClusterTests", dependencies: ["Cluster"]),
        .testTarget(
            name: "LaunchTests", dependencies: ["Imaging", "Launch", "Store", "Synthesis", "TestSupport"],
            exclude: ["Oracle"],
            swiftSettings: withExtraction ? [.define("BLENDWAY_EXTRACT")] : []),
        .testTarget(
            name: "ExtractionTests",
            dependencies: ["Data", "Extraction", "Imaging", "Store", "Tensor", "TestSupport"]
                + (withExtraction ? ["CFFmpegSystem", "CLMDB"] : []),
            swiftSettings: withExtraction ? [.define("BLENDWAY_EXTRACT")] : []),
    ] + extractionTargets,
    cxxLanguageStandard: .cxx17
)
