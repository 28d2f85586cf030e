internal import Core
internal import Foundation

/// The extensions of sounds that come in and go out.
enum SoundFormats {
    /// Those that can be written.
    static let written = ["wav", "flac", "ogg", "opus", "mp3", "aiff", "aif", "aifc", "caf", "au", "rf64", "w64"]

    /// Those that can be asked for, one for each container.
    static let offered = ["wav", "flac", "ogg", "opus", "mp3", "aiff", "caf"]

    /// Others that are read, some of them by ffmpeg.
    private static let alsoRead = [
        "wave", "oga", "snd", "m4a", "aac", "mp2", "wma", "mp4", "mkv", "mov", "webm", "ac3", "amr", "ape", "wv",
    ]

    static func isSound(_ url: URL) -> Bool {
        let suffix = url.pathExtension.lowercased()
        return written.contains(suffix) || alsoRead.contains(suffix)
    }

    /// The extension under which a sound of a name is kept: its own where it is a known one.
    static func format(ofName name: String) -> String {
        let suffix = URL(fileURLWithPath: "/" + name.replacing("/", with: "_")).pathExtension.lowercased()
        return written.contains(suffix) || alsoRead.contains(suffix) ? suffix : "wav"
    }

    /// The extension of what an edit of a sound is written as: the sound's own where that can be written.
    static func format(ofEdit format: String) -> String { written.contains(format) ? format : "wav" }

    static func mediaType(_ format: String) -> String {
        switch format {
        case "wav", "wave", "rf64": "audio/wav"
        case "flac": "audio/flac"
        case "ogg", "oga", "opus": "audio/ogg"
        case "mp3", "mp2": "audio/mpeg"
        case "aiff", "aif", "aifc": "audio/aiff"
        case "m4a", "mp4", "aac": "audio/mp4"
        default: "application/octet-stream"
        }
    }
}
