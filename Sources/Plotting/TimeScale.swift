internal import Foundation

/// A picture's time axis.
struct TimeScale {
    /// Of the whole axis, in seconds.
    let duration: Double

    private static let steps: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400]

    /// Seconds between two labels, of which there are at most ten.
    var step: Double {
        if let step = Self.steps.first(where: { duration / $0 <= 10 }), duration > 5 { return step }
        if duration > 5 { return (duration / 10 / 3600).rounded(.up) * 3600 }
        let decade = pow(10, floor(log10(duration / 10)))
        return [1, 2, 5, 10].map { $0 * decade }.first { duration / $0 <= 10 } ?? 10 * decade
    }

    /// In seconds.
    var ticks: [Double] { stride(from: 0, through: (duration / step + 1e-6).rounded(.down), by: 1).map { $0 * step } }

    /// A tick's label: seconds, or h:mm:ss where the axis is longer than two minutes.
    func label(_ time: Double) -> String {
        if duration > 120 {
            let whole = Int(time.rounded())
            return duration >= 3600
                ? String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
                : String(format: "%d:%02d", whole / 60, whole % 60)
        }
        let decimals = max(0, -Int(floor(log10(step) + 1e-9)))
        return String(format: "%.\(decimals)f", time)
    }

    /// What the labels are in.
    var unit: String { duration > 120 ? "time (h:mm:ss)" : "time (s)" }
}
