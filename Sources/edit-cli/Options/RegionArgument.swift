internal import ArgumentParser
internal import Editing

extension Region {
    /// Reads one `--region`, refusing it in the user's words.
    static func parse(_ text: String) throws -> Region {
        guard let region = Region(text) else {
            throw ValidationError("START-END in seconds or h:mm:ss.sss expected (2.5-3 or 1:02.5-1:03.75)")
        }
        guard region.start < region.end else { throw ValidationError("the end must come after the start") }
        return region
    }
}
