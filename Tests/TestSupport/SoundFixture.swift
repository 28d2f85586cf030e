/// The samples of the sound files under Tests/Fixtures/signal.
public enum SoundFixture {
    public static let frames = 600

    /// The generator's numbers as planar samples rounded towards minus infinity to `bits` bits, on a scale of -1...1.
    public static func samples(channels: Int, bits: Int) -> [[Double]] {
        var result = [[Double]](repeating: [], count: channels)
        var state: UInt32 = 1
        for _ in 0..<frames {
            for channel in 0..<channels {
                state = state &* 1_664_525 &+ 1_013_904_223
                // Half of full scale, as Python's // has it.
                let number = (Int64(state) - 0x8000_0000) >> 1
                let step = Int64(1) << (32 - bits)
                result[channel].append(Double((number >> (32 - Int64(bits))) * step) / 0x1p31)
            }
        }
        return result
    }
}
