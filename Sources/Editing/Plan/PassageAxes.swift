internal import Core

/// The five time axes of a passage, and how they lie to each other.
///
/// - File frames: of the source, counted from its start.
/// - Model samples: at the rate of the model's front end, counted from the passage's first file frame.
/// - Mel frames: frame `t` is centred on model sample `t * hopSize`, and on vocoder sample `t * vocoderHop`.
/// - Latent cells: each covers `grid.factor` mel frames.
/// - Vocoder samples: at the rate of the vocoder, counted from the passage's first file frame.
struct PassageAxes: Sendable {
    let model: SampleAxis
    let vocoder: SampleAxis
    let grid: MelGrid
    /// Vocoder samples per mel frame.
    let vocoderHop: Int

    init(_ source: any SoundSource, from origin: Int, _ loaded: LoadedModel) {
        model = SampleAxis(source, from: origin, rate: loaded.rate)
        vocoder = SampleAxis(source, from: origin, rate: loaded.vocoder.rate)
        grid = loaded.grid
        vocoderHop = loaded.vocoder.hopSize
    }

    /// Latent cells that cover all model samples up to a file frame.
    func cells(upToFileFrame end: Int) -> Int {
        max(1, (model.sample(atFileFrame: end) + grid.cellSamples - 1) / grid.cellSamples)
    }

    /// The mel frames, of `count`, that lie beyond the file's end: what is there is the model's business.
    func melFramesBeyondEnd(of count: Int) -> [Range<Int>] {
        let hop = grid.frontEnd.hopSize
        let first = (model.samplesToEnd + hop - 1) / hop
        return first < count ? [first..<count] : []
    }

    /// The mel frames under some vocoder samples, merged; those below `count`.
    func melFrames(underVocoderSamples ranges: [Range<Int>], below count: Int) -> [Range<Int>] {
        PassagePlan.merged(
            ranges.map {
                ($0.lowerBound / vocoderHop..<($0.upperBound + vocoderHop - 1) / vocoderHop).clamped(to: 0..<count)
            })
    }
}

/// How the samples of some rate lie to the frames of a file. Sample 0 lies at the time of the frame `origin`.
struct SampleAxis: Sendable {
    /// The file frame under sample 0.
    let origin: Int
    /// Hz.
    let rate: Int
    private let fileFrames: Int
    /// So many frames of the file last as long as so many samples.
    let period: (frames: Int, samples: Int)

    init(_ source: any SoundSource, from origin: Int, rate: Int) {
        self.origin = origin
        self.rate = rate
        fileFrames = source.frames
        var (a, b) = (source.rate, rate)
        while b != 0 { (a, b) = (b, a % b) }
        period = (source.rate / a, rate / a)
    }

    /// The first sample at or after a file frame.
    func sample(atFileFrame frame: Int) -> Int {
        -(((origin - frame) * period.samples).roundedDown(by: period.frames))
    }

    /// The samples that belong to some file frames.
    func samples(ofFileFrames range: Range<Int>) -> Range<Int> {
        sample(atFileFrame: range.lowerBound)..<sample(atFileFrame: range.upperBound)
    }

    /// Samples from the origin to the file's end.
    var samplesToEnd: Int { Resampler.length(fileFrames - origin, from: period.frames, to: period.samples) }

    /// Samples before the origin that the file has.
    var samplesBefore: Int { origin * period.samples / period.frames }
}
