internal import CKernels

/// How exactly the networks multiply: what their weights are kept as, and what is rounded to it before it is multiplied with them.
/// Sums, normalisations, softmax, activations and all that lies between the layers are 32-bit floats at any precision.
public enum Precision: String, Sendable, CaseIterable, Codable {
    /// 32-bit floats.
    case float32
    /// The upper halves of 32-bit floats, with 8 bits of precision (bfloat16). Processors that multiply them natively do so twice as
    /// fast; weights take half the memory. Convolutions with fewer products (arXiv 1509.09308) multiply bfloat16 as well, by algorithms that
    /// save less than those for floats do, but lose less: two to three times what a direct sum loses.
    case bfloat16

    /// The precision at which layers made here are packed.
    @TaskLocal static var current = float32

    /// Whether this machine multiplies at this precision natively. Where it does not, the results are the same but for the last bit of the
    /// sums, and take longer.
    public var isNative: Bool { self == .float32 || InstructionSet.widest >= .avx512bf16 }

    /// Bytes of an element.
    public var width: Int { self == .float32 ? 4 : 2 }

    /// As the kernels number it.
    var number: Int32 { Int32(self == .float32 ? retouch_float32 : retouch_bfloat16) }

    /// Makes layers that are packed at this precision.
    func packing<Layer>(_ make: () throws(CheckpointError) -> Layer) throws(CheckpointError) -> Layer {
        try Self.$current.withValue(self) { Result { () throws(CheckpointError) in try make() } }.get()
    }
}
