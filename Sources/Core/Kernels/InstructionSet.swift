internal import CKernels

/// The widest instruction set that the kernels use on this machine.
public enum InstructionSet: Int, Sendable {
    case portable, avx2, avx512

    /// Chosen once, when the program runs.
    public static let current = InstructionSet(rawValue: Int(retouch_instruction_set())) ?? .portable
}
