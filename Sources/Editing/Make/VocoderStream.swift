internal import Core

/// Some finished vocoder samples of a passage.
struct SampleBlock {
    /// The place of the first.
    let start: Int
    let samples: [Float]
}

/// The samples of the wanted parts of a passage, vocoded block by block, exactly as if they were vocoded at once.
struct VocoderStream {
    private var generator: PassageGenerator
    private let adapter: VocoderAdapter
    private let log: EditLog
    private let wanted: [Range<Int>]
    private let rounds: Int?
    private let drafts: [DraftSamples]
    /// Loaded when there is something to vocode.
    private var vocoder: (any Vocoder)?
    /// The mel frames that are there, [1, T, F], the first one being `first`.
    private var frames: Tensor?
    private var first = 0
    private var isComplete = false
    /// The next frame to be vocoded, and the wanted range in which it lies.
    private var position: Int
    private var index = 0

    /// Frames vocoded at once, apart from what surrounds them.
    private static let pieceFrames = 1024

    /// - Parameters:
    ///   - wanted: mel frames of the passage, sorted and apart.
    ///   - drafts: samples that parts of the passage are made of.
    ///   - rounds: in which a vocoder that brings its sound to the log-mel does so, at most; nil for its own number.
    init(
        _ generator: PassageGenerator, _ adapter: VocoderAdapter, wanted: [Range<Int>],
        drafts: [DraftSamples] = [], rounds: Int? = nil, _ log: EditLog
    ) {
        self.rounds = rounds
        self.drafts = drafts
        self.generator = generator
        self.adapter = adapter
        self.log = log
        self.wanted = wanted.filter { !$0.isEmpty }
        position = self.wanted.first?.lowerBound ?? 0
    }

    /// The next samples; nil at the end.
    mutating func next() throws -> SampleBlock? {
        while index < wanted.count {
            if let frames, let block = try piece(of: frames) { return block }
            if isComplete { return nil }
            try pull()
        }
        return nil
    }

    private mutating func pull() throws {
        guard let block = try generator.next() else {
            isComplete = true
            return
        }
        if let known = frames {
            frames = .concatenated([known, block.mel], axis: 1)
        } else {
            frames = block.mel
            first = block.start
        }
        isComplete = block.isLast
        if vocoder == nil {
            let whole = try log.measure("vocode") { try adapter.model.vocoder() }
            vocoder = rounds.map { whole.limited(matchingRounds: $0) } ?? whole
        }
    }

    /// The next samples out of the frames that are there; nil where more frames are needed.
    private mutating func piece(of known: Tensor) throws -> SampleBlock? {
        guard let vocoder else { return nil }
        let context = context(of: vocoder)
        let available = first + known.shape[1]
        var end = min(wanted[index].upperBound, position + Self.pieceFrames)
        if end + context > available {
            guard isComplete else { return nil }
            end = min(end, available)
        }
        var block: SampleBlock?
        if end > position { block = try log.measure("vocode") { try samples(position..<end, of: known, vocoder) } }
        position = end
        if position >= min(wanted[index].upperBound, isComplete ? available : .max) {
            index += 1
            if index < wanted.count { position = wanted[index].lowerBound }
        }
        dropUnneeded(known, context)
        return block
    }

    private func context(of vocoder: any Vocoder) -> Int {
        drafts.isEmpty ? vocoder.contextFrames : vocoder.templateContextFrames
    }

    /// What lies before anything that is still to come is not needed any more.
    private mutating func dropUnneeded(_ known: Tensor, _ context: Int) {
        let needed = index < wanted.count ? position - context : first + known.shape[1]
        let dropped = min(max(0, needed - first), known.shape[1])
        frames = dropped == known.shape[1] ? nil : known.sliced(axis: 1, dropped..<known.shape[1])
        first += dropped
    }

    private func samples(_ range: Range<Int>, of known: Tensor, _ vocoder: any Vocoder) throws -> SampleBlock {
        let (context, hop) = (context(of: vocoder), vocoder.hopSize)
        let low = max(first, range.lowerBound - context)
        let high = min(first + known.shape[1], range.upperBound + context)
        let mel = adapter.completed(known.sliced(axis: 1, low - first..<high - first))
        let templates = try drafts.compactMap { try $0.template(for: low..<high) }
        let samples = vocoder(mel, from: low, templates: templates).elements
        let skipped = (range.lowerBound - low) * hop
        return SampleBlock(
            start: range.lowerBound * hop, samples: Array(samples[skipped..<skipped + range.count * hop]))
    }
}
