internal import Core

/// A sound with its baseline taken off.
struct CentredSource: DerivedSound {
    let base: any SoundSource
    private let baseline: Baseline

    init(_ base: any SoundSource, _ baseline: Baseline) {
        self.base = base
        self.baseline = baseline
    }

    func read(frames: Range<Int>) throws -> [[Float]] {
        let channels = try base.read(frames: frames)
        if baseline.isZero { return channels }
        return zip(channels, baseline(frames)).map { zip($0, $1).map { $0 - $1 } }
    }
}
