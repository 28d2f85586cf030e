internal import Core

/// A sound with its baseline taken off.
struct CentredSource: SoundSource {
    private let source: any SoundSource
    private let baseline: Baseline

    init(_ source: any SoundSource, _ baseline: Baseline) {
        self.source = source
        self.baseline = baseline
    }

    var rate: Int { source.rate }
    var channelCount: Int { source.channelCount }
    var frames: Int { source.frames }
    var label: String { source.label }
    var notes: [String] { source.notes }

    func read(frames: Range<Int>) throws -> [[Float]] {
        let channels = try source.read(frames: frames)
        if baseline.isZero { return channels }
        return zip(channels, baseline(frames)).map { zip($0, $1).map { $0 - $1 } }
    }

    func contentHash() throws -> String { try source.contentHash() }
}
