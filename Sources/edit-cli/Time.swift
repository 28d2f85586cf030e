internal import Foundation

/// Times as people read them.
enum Time {
    /// Whole seconds as m:ss or h:mm:ss.
    static func clock(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        return whole < 3600
            ? String(format: "%d:%02d", whole / 60, whole % 60)
            : String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
    }

    /// Milliseconds too: 2.500 s below a minute, else m:ss.sss or h:mm:ss.sss.
    static func exact(_ seconds: Double) -> String {
        let milliseconds = Int((seconds * 1000).rounded())
        let (minutes, rest) = (milliseconds / 60_000, Double(milliseconds % 60_000) / 1000)
        if minutes == 0 { return String(format: "%.3f s", rest) }
        if minutes < 60 { return String(format: "%d:%06.3f", minutes, rest) }
        return String(format: "%d:%02d:%06.3f", minutes / 60, minutes % 60, rest)
    }
}
