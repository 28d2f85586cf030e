/// The vocoder of an original checkpoint, HiFi-GAN (haoheliu/AudioLDM, `hifigan/models.py`).
enum OriginalVocoder {
    /// The rates of the upsampling kernels, which shapes do not tell (`hifigan/utilities.py`).
    private static let rates = [[16, 16, 8, 4, 4]: [5, 4, 2, 2, 2]]

    static func part(_ tensors: OriginalTensors) throws(CheckpointError) -> OriginalPart {
        var tensors = tensors
        /// Weights may be stored as a magnitude and a direction.
        func size(_ name: String, axis: Int) throws(CheckpointError) -> Int {
            let isNormalized = tensors.has("\(name).weight_v")
            return try tensors.size("\(name).weight\(isNormalized ? "_v" : "")", axis: axis, of: 3...3)
        }
        let bins = try size("conv_pre", axis: 1)
        let channels = try size("conv_pre", axis: 0)
        let stages = tensors.count { "ups.\($0)" }
        var kernels: [Int] = []
        for stage in 0..<stages { kernels.append(try size("ups.\(stage)", axis: 2)) }
        guard let rates = rates[kernels] else {
            throw .notAModel(
                path: tensors.path, reason: "its vocoder has the upsampling kernels \(kernels), expected AudioLDM's")
        }
        let blocks = tensors.count { "resblocks.\($0)" } / stages
        var lengths: [Int] = []
        for block in 0..<blocks { lengths.append(try size("resblocks.\(block).convs1.0", axis: 2)) }
        let dilations = tensors.count { "resblocks.0.convs1.\($0)" }

        for stage in 0..<stages { tensors.rename("ups.\(stage)", to: "upsampler.\(stage)") }
        for name in ["conv_pre", "conv_post", "resblocks"] { tensors.rename(name, to: name) }
        try tensors.requireNothingLeft()
        return OriginalPart(
            configuration: .object([
                "architectures": .words(["SpeechT5HifiGan"]), "model_type": .text("hifigan"),
                "leaky_relu_slope": .number(0.1), "model_in_dim": .integer(bins), "normalize_before": .boolean(false),
                // 1, 3, 5
                "resblock_dilation_sizes": .list(lengths.map { _ in .sizes((0..<dilations).map { 2 * $0 + 1 }) }),
                "resblock_kernel_sizes": .sizes(lengths), "sampling_rate": .integer(16_000),
                "upsample_initial_channel": .integer(channels), "upsample_kernel_sizes": .sizes(kernels),
                "upsample_rates": .sizes(rates),
            ]), tensors)
    }
}
