internal import CFiles
internal import CSamplerate

/// Changes the rate of one channel with libsamplerate's best band-limited interpolation (SRC_SINC_BEST_QUALITY:
/// 97 % of the band, 145 dB). No delay: output sample `n` lies at the time of input sample `n * from / to`.
///
/// A long sound goes through in blocks, `process(_:)` for each and `finish()`; `Resampler.resample` takes one whole.
@safe public final class Resampler {
    private let ratio: Double
    private let from: Int
    private let to: Int
    private var state: OpaquePointer?
    private var taken = 0
    private var given = 0

    /// A resampler from one rate to another, both above 0, in Hz.
    /// - Throws: `AudioError.unsupportedRate` where the rates differ by more than a factor of 256.
    public init(from: Int, to: Int) throws(AudioError) {
        precondition(from > 0 && to > 0, "rates must be positive")
        (self.from, self.to) = (from, to)
        ratio = Double(to) / Double(from)
        guard from == to || src_is_valid_ratio(ratio) != 0 else { throw .unsupportedRate(rate: from, other: to) }
        if from != to {
            var failure: Int32 = 0
            unsafe state = src_new(Int32(SRC_SINC_BEST_QUALITY), 1, &failure)
            guard unsafe state != nil else { retouch_out_of_memory() }
        }
    }

    deinit { if let state = unsafe state { unsafe src_delete(state) } }

    /// The number of samples that `count` samples come to: `ceil(count * to / from)`.
    /// - Parameters:
    ///   - count: the number of samples before.
    ///   - from: the rate before, in Hz.
    ///   - to: the rate after, in Hz.
    public static func length(_ count: Int, from: Int, to: Int) -> Int { (count * to + from - 1) / from }

    /// Brings a whole channel to another rate; ``length(_:from:to:)`` tells how many samples come of it.
    /// - Parameters:
    ///   - samples: the channel.
    ///   - from: its rate, in Hz.
    ///   - to: the rate of the result, in Hz.
    /// - Throws: `AudioError.unsupportedRate` where the rates differ by more than a factor of 256.
    public static func resample(_ samples: [Float], from: Int, to: Int) throws(AudioError) -> [Float] {
        if from == to { return samples }
        let resampler = try Resampler(from: from, to: to)
        var result = resampler.process(samples)
        result += resampler.finish()
        return result
    }

    /// Takes the next samples in and gives those of the result that are complete and were not given before.
    public func process(_ samples: [Float]) -> [Float] {
        taken += samples.count
        if from == to {
            given = taken
            return samples
        }
        let result = convert(samples)
        given += result.count
        return result
    }

    /// Gives the last samples of the result. The resampler is used up then.
    public func finish() -> [Float] {
        let missing = Self.length(taken, from: from, to: to) - given
        if from == to || missing <= 0 { return [] }
        // Zeros beyond the end bring out the last samples. libsamplerate's own end of input may give one sample more
        // or less than the rule says.
        var result: [Float] = []
        let zeros = [Float](repeating: 0, count: 1024 + Int(1024 / min(1, ratio)))
        while result.count < missing { result += convert(zeros) }
        given += missing
        return Array(result.prefix(missing))
    }

    private func convert(_ samples: [Float]) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(Int(Double(samples.count) * ratio) + 64)
        var block = [Float](repeating: 0, count: 1 << 14)
        var start = 0
        unsafe samples.withUnsafeBufferPointer { samples in
            unsafe block.withUnsafeMutableBufferPointer { block in
                while true {
                    var data = unsafe SRC_DATA()
                    unsafe data.data_in = samples.baseAddress.map { unsafe $0 + start }
                    unsafe data.data_out = block.baseAddress
                    unsafe data.input_frames = samples.count - start
                    unsafe data.output_frames = block.count
                    unsafe data.src_ratio = ratio
                    unsafe data.end_of_input = 0
                    let failure = unsafe src_process(state, &data)
                    precondition(failure == 0, "libsamplerate fails with code \(failure)")
                    unsafe result.append(contentsOf: block.prefix(data.output_frames_gen))
                    unsafe start += data.input_frames_used
                    if unsafe data.output_frames_gen == 0 && (start == samples.count || data.input_frames_used == 0) {
                        break
                    }
                }
            }
        }
        return result
    }
}
