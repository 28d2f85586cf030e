/// The vocoder samples of a passage as a window that moves on: samples are made when they are asked for, and dropped when nobody needs
/// them any more.
struct SampleWindow {
    private var stream: VocoderStream
    private var samples: [Float] = []
    /// The place of the first sample in the passage.
    private var first = 0

    init(_ stream: VocoderStream) { self.stream = stream }

    /// The samples of a range, as far as there are any, and the place of the first one. Ranges are asked for in order.
    mutating func samples(_ range: Range<Int>) throws -> (samples: [Float], start: Int) {
        while first + samples.count < range.upperBound, let block = try stream.next() {
            if block.start == first + samples.count {
                samples += block.samples
            } else {
                // Between two ranges that are wanted there is nothing.
                precondition(block.start > first + samples.count, "samples out of order")
                (samples, first) = (block.samples, block.start)
            }
        }
        let low = max(first, range.lowerBound)
        let high = max(low, min(first + samples.count, range.upperBound))
        return (Array(samples[low - first..<high - first]), low)
    }

    /// Nothing before this place will be asked for again.
    mutating func drop(before place: Int) {
        let kept = min(first + samples.count, max(first, place))
        samples.removeFirst(kept - first)
        first = kept
    }
}
