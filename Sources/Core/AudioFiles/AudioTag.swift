/// What a sound file can say about itself in words, as far as libsndfile knows it in every container.
public enum AudioTag: Int32, Sendable, CaseIterable {
    case title = 1
    case copyright, software, artist, comment, date, album, license, trackNumber
    case genre = 0x10

    static func read(from handle: SoundHandle) -> [AudioTag: String] {
        var tags: [AudioTag: String] = [:]
        for tag in allCases { tags[tag] = handle.text(tag.rawValue) }
        return tags
    }
}
