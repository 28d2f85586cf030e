internal import CSndfile

/// What a sound file can say about itself in words, as far as libsndfile knows it in every container.
public enum AudioTag: Int32, Sendable, CaseIterable {
    case title = 1
    case copyright, software, artist, comment, date, album, license, trackNumber
    case genre = 0x10

    static func read(from handle: SoundHandle) -> [AudioTag: String] {
        var tags: [AudioTag: String] = [:]
        for tag in allCases {
            guard let text = unsafe sf_get_string(handle.pointer, tag.rawValue) else { continue }
            tags[tag] = unsafe String(cString: text)
        }
        return tags
    }
}
