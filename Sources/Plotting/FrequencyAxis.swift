internal import Foundation

/// How the rows of a spectrogram's tile divide the frequencies from 0 to half of the rate.
public enum FrequencyAxis: String, Sendable, CaseIterable {
    /// Even in mel (2595 log10(1 + f / 700), O'Shaughnessy 1987): the voice has as much room as the treble.
    case mel
    /// Even in hertz.
    case linear
    /// Even in octaves, from 20 Hz on.
    case log

    /// The lowest frequency that an axis in octaves shows, in Hz.
    private static let lowest = 20.0

    /// The frequency at a position, in Hz.
    /// - Parameters:
    ///   - position: 0 (bottom) to 1 (top).
    ///   - highest: the frequency at the top, in Hz.
    public func frequency(_ position: Double, highest: Double) -> Double {
        switch self {
        case .mel: 700 * (pow(1 + highest / 700, position) - 1)
        case .linear: highest * position
        case .log: Self.lowest * pow(max(1, highest / Self.lowest), position)
        }
    }
}
