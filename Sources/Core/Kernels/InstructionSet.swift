internal import CKernels
import Foundation

/// The instructions that the kernels use.
enum InstructionSet: Int, Sendable, CaseIterable, Comparable {
    case portable, avx2, avx512, avx512bf16

    /// The widest set of this machine, or the narrower one that the environment variable `RETOUCH_INSTRUCTION_SET`
    /// (portable, avx2, avx512 or avx512bf16) asks for.
    static let widest: InstructionSet = {
        let machine = InstructionSet(rawValue: Int(retouch_instruction_set())) ?? .portable
        let wanted = ProcessInfo.processInfo.environment["RETOUCH_INSTRUCTION_SET"]
        return allCases.first { "\($0)" == wanted && $0 <= machine } ?? machine
    }()

    /// The set for which layers made here are packed, and which the other kernels called here use.
    @TaskLocal static var current = widest

    /// All sets that this machine can run.
    static var available: [InstructionSet] {
        allCases.filter { $0.rawValue <= Int(retouch_instruction_set()) }
    }

    static func < (a: InstructionSet, b: InstructionSet) -> Bool {
        a.rawValue < b.rawValue
    }

    var kernels: UnsafePointer<retouch_kernels> {
        unsafe retouch_kernels_for(Int32(rawValue))
    }
}
