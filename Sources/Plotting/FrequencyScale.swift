internal import Foundation

/// A picture's frequency axis: even in mel (2595 log10(1 + f / 700), O'Shaughnessy 1987), so that the voice has as much
/// room as the treble.
struct FrequencyScale {
    /// At the top of the axis, in Hz.
    let highest: Double

    /// In Hz, of a position from 0 (bottom) to 1 (top).
    func frequency(_ position: Double) -> Double { 700 * (pow(1 + highest / 700, position) - 1) }

    /// 0 (bottom) to 1 (top), of a frequency in Hz.
    func position(_ frequency: Double) -> Double { log(1 + frequency / 700) / log(1 + highest / 700) }

    /// The frequencies to be labelled, far enough from one another for a line of text each.
    var ticks: [Double] {
        [100, 200, 500, 1000, 2000, 3000, 5000, 7000, 10_000, 15_000, 20_000, 30_000, 50_000, 70_000, 100_000]
            .filter { $0 <= highest && position($0) > 0.04 }
    }

    /// A tick's label, without the unit.
    static func label(_ frequency: Double) -> String {
        frequency < 1000 ? "\(Int(frequency))" : "\(Int(frequency / 1000))k"
    }
}
