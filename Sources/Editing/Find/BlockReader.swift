internal import Core

/// A sound block by block, each with some of its surroundings.
struct BlockReader {
    let source: any SoundSource
    /// Frames of a block, and of its surroundings to either side.
    let length: Int
    let margin: Int

    /// A block: `[channel][frame]`, the first of which is frame `start`, and the frames that are its own.
    struct Block {
        let channels: [[Float]]
        let start: Int
        let own: Range<Int>
    }

    /// Hands over all blocks and gathers what is found in each; several blocks are worked on at once.
    func map<Value: Sendable>(_ body: @Sendable (Block) -> [Value]) throws -> [Value] {
        var result: [Value] = []
        var starts = ArraySlice(Array(stride(from: 0, to: source.frames, by: length)))
        while !starts.isEmpty {
            let some = starts.prefix(4 * Parallel.threads)
            starts = starts.dropFirst(some.count)
            let blocks = try some.map { start -> Block in
                let own = start..<min(source.frames, start + length)
                let frames = max(0, own.lowerBound - margin)..<min(source.frames, own.upperBound + margin)
                return Block(channels: try source.read(frames: frames), start: frames.lowerBound, own: own)
            }
            result += Parallel.map(blocks.count) { body(blocks[$0]) }.flatMap { $0 }
        }
        return result
    }
}
