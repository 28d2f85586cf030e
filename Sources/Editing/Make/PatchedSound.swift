internal import Core

/// Frames of a sound that others stand in for.
struct Patch: Sendable {
    /// Frames of the sound.
    let frames: Range<Int>
    /// `[channel][frame]`, as many frames.
    let channels: [[Float]]
}

/// A sound of which some frames are replaced.
struct PatchedSound: DerivedSound {
    let base: any SoundSource
    /// Sorted and apart.
    private var patches: [Patch] = []

    init(_ base: any SoundSource) { self.base = base }

    /// Adds a patch that lies behind all others.
    mutating func append(_ patch: Patch) {
        precondition(patches.last.map { $0.frames.upperBound <= patch.frames.lowerBound } ?? true, "patches in order")
        patches.append(patch)
    }

    func read(frames: Range<Int>) throws -> [[Float]] {
        var result = try base.read(frames: frames)
        var index = patches.firstIndex(endingAfter: frames.lowerBound)
        while index < patches.count, patches[index].frames.lowerBound < frames.upperBound {
            let patch = patches[index]
            let common = patch.frames.clamped(to: frames)
            for channel in result.indices {
                for frame in common {
                    result[channel][frame - frames.lowerBound] =
                        patch.channels[channel][frame - patch.frames.lowerBound]
                }
            }
            index += 1
        }
        return result
    }
}

/// Takes a sound of which some of what is kept is replaced.
final class PatchingSink: SoundSink {
    private let base: any SoundSink
    private let patches: [Patch]
    private var position = 0

    /// - Parameter patches: sorted and apart.
    init(_ base: any SoundSink, patches: [Patch]) {
        self.base = base
        self.patches = patches
    }

    func write(_ channels: [[Float]]) throws {
        try base.write(channels)
        position += channels.first?.count ?? 0
    }

    func keep(_ count: Int) throws {
        let end = position + count
        var index = patches.firstIndex(endingAfter: position)
        while index < patches.count, patches[index].frames.upperBound <= end {
            let patch = patches[index]
            try base.keep(patch.frames.lowerBound - position)
            try base.write(patch.channels)
            position = patch.frames.upperBound
            index += 1
        }
        try base.keep(end - position)
        position = end
    }

    var fullScale: Float? { base.fullScale }

    func finish() throws -> SoundWriteReport { try base.finish() }
}

extension [Patch] {
    /// The first patch that ends after a frame; the count where there is none.
    fileprivate func firstIndex(endingAfter frame: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].frames.upperBound <= frame { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
