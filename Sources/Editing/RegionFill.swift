internal import Core

/// Takes the samples that the model made for one region, in order, and hands over what replaces the region, in blocks.
struct RegionFill {
    /// Frames of the file.
    let region: Range<Int>
    private let voice: SoundReader
    private let context: FillContext
    private let wanted: Range<Int>
    /// Frames of the file that are needed to either side of a block.
    private let margin: Int
    /// The samples that are there, at the vocoder's rate, and the passage's place of the first one.
    private var samples: [Float] = []
    private var first = 0
    /// The next frame of the region.
    private var position: Int
    private var finisher: FillFinisher

    private static let blockSeconds = 20

    init(_ region: Range<Int>, _ voice: SoundReader, _ context: FillContext) throws {
        self.region = region
        self.voice = voice
        self.context = context
        wanted = Self.wanted(region, voice)
        margin = Self.margin(voice)
        position = region.lowerBound
        finisher = try FillFinisher(region, context)
    }

    var report: Report.Edit { finisher.report }

    private static func margin(_ voice: SoundReader) -> Int {
        Int(FillFinisher.margin * Double(voice.file.rate)) + voice.reach
    }

    /// The samples of the passage, at the vocoder's rate, that a region needs.
    static func wanted(_ region: Range<Int>, _ voice: SoundReader) -> Range<Int> {
        let margin = margin(voice)
        let start = region.lowerBound - voice.origin
        let end = region.upperBound - voice.origin
        return max(0, voice.sample(at: start - margin))..<voice.sample(at: end + margin)
    }

    /// Takes the next samples of the passage; what the region does not need is passed over.
    mutating func push(_ piece: VocoderStream.Piece, _ log: JobLog, replace: (Int, [[Float]]) throws -> Void) throws {
        guard piece.start < wanted.upperBound, piece.start + piece.samples.count > wanted.lowerBound else { return }
        if samples.isEmpty { first = piece.start }
        precondition(piece.start == first + samples.count, "pieces out of order")
        samples += piece.samples
        try flush(log, isLast: false, replace: replace)
    }

    /// No more samples will come.
    mutating func finish(_ log: JobLog, replace: (Int, [[Float]]) throws -> Void) throws {
        try flush(log, isLast: true, replace: replace)
    }

    private mutating func flush(_ log: JobLog, isLast: Bool, replace: (Int, [[Float]]) throws -> Void) throws {
        let origin = voice.origin
        while position < region.upperBound {
            let longest = Self.blockSeconds * voice.file.rate
            let isRest = region.upperBound - position < longest + longest / 2
            let end = isRest ? region.upperBound : position + longest
            guard isLast || first + samples.count >= voice.sample(at: end + margin - origin) else { return }
            try replace(position, log.measure("fit") { try finished(position..<end) })
            position = end
            let kept = min(first + samples.count, max(first, voice.sample(at: position - 2 * margin - origin)))
            samples.removeFirst(kept - first)
            first = kept
        }
    }

    /// The region's channels in some frames.
    private mutating func finished(_ frames: Range<Int>) throws -> [[Float]] {
        let origin = voice.origin
        let low = max(first, voice.sample(at: frames.lowerBound - margin - origin))
        let high = min(first + samples.count, voice.sample(at: frames.upperBound + margin - origin))
        let (mono, start) = try voice.atFileRate(Array(samples[low - first..<high - first]), from: low)
        return try finisher.channels(of: mono, from: origin + start, in: frames)
    }
}
