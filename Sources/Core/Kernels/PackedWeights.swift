internal import CKernels

/// The weights of a dense layer, laid out once for the kernels of one instruction set.
struct PackedWeights: Sendable {
    let outputs: Int
    let taps: Int
    let channels: Int
    let set: InstructionSet
    let precision: Precision
    /// Panels of output columns, as the kernels read them: floats or, in the space of a float, pairs of bfloat16.
    let panels: Tensor

    /// `weight` holds the weight of output o, tap t and channel c at `offset + o steps.output + t steps.tap + c steps.channel`.
    init(
        _ weight: Tensor, outputs: Int, taps: Int, channels: Int, offset: Int = 0,
        steps: (output: Int, tap: Int, channel: Int)
    ) {
        self.outputs = outputs
        self.taps = taps
        self.channels = channels
        let set = InstructionSet.current
        self.set = set
        let precision = Precision.current
        self.precision = precision
        let kernels = unsafe set.kernels
        let count = unsafe Int(retouch_packed_count(kernels, precision.number, Int64(outputs), Int64(taps * channels)))
        let panelCount = unsafe (outputs + Int(kernels.pointee.panel) - 1) / Int(kernels.pointee.panel)
        panels = unsafe Tensor(uninitialized: [count]) { target in
            unsafe weight.withUnsafeElements { source in
                Parallel.run(panelCount) { panel in
                    unsafe retouch_pack(
                        kernels, precision.number, source.baseAddress! + offset, Int64(outputs), Int64(taps),
                        Int64(channels), Int64(steps.output), Int64(steps.tap), Int64(steps.channel),
                        target.baseAddress!, Int64(panel), Int64(panel) + 1)
                }
            }
        }
    }

    /// A weight as torch stores it for linear layers and convolutions: [outputs, channels, taps...].
    init(_ weight: Tensor, taps: Int) {
        let (outputs, channels) = (weight.shape[0], weight.shape[1])
        self.init(
            weight, outputs: outputs, taps: taps, channels: channels, steps: (channels * taps, 1, taps))
    }
}
