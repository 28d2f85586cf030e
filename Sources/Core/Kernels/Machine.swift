internal import CKernels
internal import Foundation

/// The machine that the networks run on, as far as their speed depends on it.
public struct Machine: Sendable {
    /// The processor's name, as the system tells it; nil where it does not.
    public let processor: String?
    /// The number of processor cores, or threads of them, that the system shares out to this program.
    public let cores: Int
    /// The instruction sets of the processor that matter to products of matrices, by the names that they are known by.
    public let instructionSets: [String]
    /// The path that the kernels take here: `avx512`, `avx2` or `portable`.
    public let path: String
    /// Whether the environment variable `RETOUCH_INSTRUCTION_SET` asked for that path, and it is not the widest that there is.
    public let isPathNarrowed: Bool

    /// The flags by which Linux knows the instruction sets, and their names.
    private static let names = [
        ("avx2", "AVX2"), ("fma", "FMA"), ("avx512f", "AVX-512F"), ("avx512bw", "AVX-512BW"), ("avx512vl", "AVX-512VL"),
        ("avx512_vnni", "AVX-512 VNNI"), ("avx512_bf16", "AVX-512 BF16"), ("avx512_fp16", "AVX-512 FP16"),
        ("amx_tile", "AMX"), ("amx_bf16", "AMX-BF16"), ("amx_int8", "AMX-INT8"),
    ]

    /// Looks at the machine; nothing is measured.
    public init() {
        self.init((try? String(contentsOf: URL(fileURLWithPath: "/proc/cpuinfo"), encoding: .utf8)) ?? "")
    }

    /// - Parameter description: what `/proc/cpuinfo` holds.
    init(_ description: String) {
        func value(_ name: String) -> String? {
            let line = description.split(separator: "\n").first { $0.hasPrefix(name) }
            return line?.split(separator: ":", maxSplits: 1).dropFirst().first?.trimmingCharacters(in: .whitespaces)
        }
        processor = value("model name")
        cores = ProcessInfo.processInfo.activeProcessorCount
        let flags = Set((value("flags") ?? "").split(separator: " ").map(String.init))
        instructionSets = Self.names.filter { flags.contains($0.0) }.map(\.1)
        path = "\(InstructionSet.widest)"
        isPathNarrowed = InstructionSet.widest.rawValue < Int(retouch_instruction_set())
    }
}
