// SanitizerTests.swift — the C kernels once more, alone: under the address and undefined-behaviour
// sanitizers for each instruction set, and for arm64, compiled and, with an emulator, run. The checks are in Sanitizer/kernels.c.

import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct SanitizerTests {
    private static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    private static let kernels = package + "/Sources/CKernels"

    /// The C compiler that builds the package.
    private static let clang = program("clang")
    /// Debian's qemu-user; with gcc-aarch64-linux-gnu, whose C library is linked.
    private static let emulator =
        FileManager.default.fileExists(atPath: "/usr/aarch64-linux-gnu/lib/libc.a") ? program("qemu-aarch64") : nil

    private static func program(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static let sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

    /// Whether programs under the sanitizers can be linked and run here.
    private static let sanitizersWork: Bool = {
        guard let clang else { return false }
        let works = try? withTemporaryFolder { folder in
            try "int main(void) { return 0; }\n".write(toFile: folder + "/empty.c", atomically: true, encoding: .utf8)
            let built = try run(clang, sanitizers + [folder + "/empty.c", "-o", folder + "/empty"], timeout: 60)
            return try built.status == 0 && run(folder + "/empty", timeout: 20).status == 0
        }
        return works ?? false
    }()

    private static func sources() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: kernels).filter { $0.hasSuffix(".c") }.sorted()
            .map { "\(kernels)/\($0)" }
    }

    #if arch(x86_64)
    static let levels = ["x86-64", "x86-64-v3", "x86-64-v4"]
    #else
    static let levels = ["native"]
    #endif

    /// What this processor can run; /proc/cpuinfo names it.
    private static func canRun(_ level: String) -> Bool {
        let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        switch level {
        case "x86-64-v3": return flags.contains(" avx2 ") && flags.contains(" fma ")
        case "x86-64-v4": return flags.contains(" avx512vl ") && flags.contains(" avx512dq ")
        default: return true
        }
    }

    /// Without optimisation: the sanitizers look at what the source says, and compiling takes seconds.
    @Test(.enabled(if: sanitizersWork, "clang with the sanitizers' run-time libraries is not here"), arguments: levels)
    func noKernelLeavesItsBuffers(level: String) throws {
        guard Self.canRun(level) else { return }
        try withTemporaryFolder { folder in
            let program = folder + "/kernels"
            let built = try run(
                Self.clang!,
                Self.sanitizers + ["-g1", "-O0", "-w", "-march=\(level)", "-DBW_NO_CLONES", "-I\(Self.kernels)/include"]
                    + [Self.package + "/Tests/ModelTests/Sanitizer/kernels.c"] + Self.sources()
                    + ["-lm", "-o", program],
                timeout: 300)
            try #require(built.status == 0, "\(built)")
            // Leaks can't be looked for where the process is traced, as in some containers.
            let result = try run(program, environment: ["ASAN_OPTIONS": "detect_leaks=0"], timeout: 300)
            #expect(result.status == 0 && result.stdout.hasSuffix("0 failures\n"), "\(result)")
        }
    }

    /// Syntax, types and code generation for arm64, with its headers or this machine's.
    @Test(.enabled(if: clang != nil, "clang is not here")) func theKernelsCompileForArm64() throws {
        try withTemporaryFolder { folder in
            var headers = ["/usr/aarch64-linux-gnu/include"]
            if !FileManager.default.fileExists(atPath: headers[0]) {
                // glibc's headers are the same but for a list of what is missing, which nothing here needs.
                try FileManager.default.createDirectory(
                    atPath: folder + "/gnu", withIntermediateDirectories: true)
                try "".write(toFile: folder + "/gnu/stubs-32.h", atomically: true, encoding: .utf8)
                headers = [folder, "/usr/include/x86_64-linux-gnu"]
            }
            for source in try Self.sources() {
                let result = try run(
                    Self.clang!,
                    ["--target=aarch64-linux-gnu", "-O0", "-Wall", "-I\(Self.kernels)/include"]
                        + headers.flatMap { ["-isystem", $0] } + ["-c", source, "-o", folder + "/object.o"],
                    timeout: 120)
                #expect(result.status == 0, "\(source): \(result)")
            }
        }
    }

    @Test(.enabled(if: clang != nil && emulator != nil, "qemu-user or gcc-aarch64-linux-gnu is not here"))
    func theKernelsAreRightOnArm64() throws {
        try withTemporaryFolder { folder in
            let program = folder + "/kernels"
            let built = try run(
                Self.clang!,
                ["--target=aarch64-linux-gnu", "-O2", "-w", "-static", "-I\(Self.kernels)/include"]
                    + [Self.package + "/Tests/ModelTests/Sanitizer/kernels.c"] + Self.sources()
                    + ["-lm", "-o", program],
                timeout: 300)
            try #require(built.status == 0, "\(built)")
            let result = try run(Self.emulator!, [program], timeout: 300)
            #expect(result.status == 0 && result.stdout.hasSuffix("0 failures\n"), "\(result)")
        }
    }
}
