internal import Core

/// Turns the wanted parts of a log-mel that comes in blocks into samples, exactly as if it were vocoded at once.
struct VocoderStream {
    /// Some finished samples at the vocoder's rate.
    struct Piece {
        /// The place of the first in the passage.
        let start: Int
        let samples: [Float]
    }

    private let vocoder: any Vocoder
    private let voice: Voice
    private let wanted: [Range<Int>]
    /// The frames that are there, [1, T, F], the first one being `first`.
    private var frames: Tensor?
    private var first = 0
    /// The next frame to be vocoded, and the wanted range in which it lies.
    private var position: Int
    private var index = 0

    /// Frames vocoded at once, apart from what surrounds them.
    private static let pieceFrames = 1024

    /// - Parameter wanted: mel frames of the passage, sorted and apart.
    init(_ voice: Voice, wanted: [Range<Int>]) throws {
        self.voice = voice
        vocoder = try voice.model.vocoder()
        self.wanted = wanted.filter { !$0.isEmpty }
        position = self.wanted.first?.lowerBound ?? 0
    }

    /// Takes the next frames and gives the samples that are complete.
    mutating func push(_ block: Rendering.Block, _ log: JobLog, emit: (Piece) throws -> Void) throws {
        if let known = frames {
            frames = .concatenated([known, block.mel], axis: 1)
        } else {
            frames = block.mel
            first = block.start
        }
        let context = vocoder.contextFrames
        while index < wanted.count, let known = frames {
            let available = first + known.shape[1]
            var end = min(wanted[index].upperBound, position + Self.pieceFrames)
            if end + context > available {
                guard block.isLast else { break }
                end = min(end, available)
            }
            if end > position {
                let made = log.measure("vocode") { piece(position..<end, of: known) }
                try emit(made)
            }
            position = end
            if position >= min(wanted[index].upperBound, block.isLast ? available : .max) {
                index += 1
                if index < wanted.count { position = wanted[index].lowerBound }
            }
        }
        // What lies before anything that is still to come is not needed any more.
        if let known = frames {
            let needed = index < wanted.count ? position - context : first + known.shape[1]
            let dropped = min(max(0, needed - first), known.shape[1])
            frames = dropped == known.shape[1] ? nil : known.sliced(axis: 1, dropped..<known.shape[1])
            first += dropped
        }
    }

    private func piece(_ range: Range<Int>, of known: Tensor) -> Piece {
        let (context, hop) = (vocoder.contextFrames, vocoder.hopSize)
        let low = max(first, range.lowerBound - context)
        let high = min(first + known.shape[1], range.upperBound + context)
        let samples = vocoder(voice.completed(known.sliced(axis: 1, low - first..<high - first)), from: low).elements
        let skipped = (range.lowerBound - low) * hop
        return Piece(start: range.lowerBound * hop, samples: Array(samples[skipped..<skipped + range.count * hop]))
    }
}
