internal import Foundation

/// Where a sound file of plain chunks keeps its samples.
struct SampleLayout: Sendable, Equatable {
    /// The first sample's byte in the file.
    let offset: Int
    /// Bytes of samples that the header promises; as many as are there where it was never finished or cannot tell.
    let promisedBytes: Int
    /// Bytes of samples that the file has, at most `promisedBytes`.
    let foundBytes: Int
    /// Whether the header says that there is no sound, as it does until a recording is finished, and there is some.
    let isUnfinished: Bool
    /// Whether the header names no end, so that whatever the file has after its samples would be more of them.
    let isOpen: Bool

    init(offset: Int, promised: Int?, size: Int, isUnfinished: Bool = false) {
        self.offset = offset
        self.isUnfinished = isUnfinished
        isOpen = promised == nil
        promisedBytes = promised ?? max(0, size - offset)
        foundBytes = min(promisedBytes, max(0, size - offset))
    }

    /// The first byte after the samples.
    var end: Int { offset + foundBytes }
}
