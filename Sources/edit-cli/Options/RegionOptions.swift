internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

/// Where a sound is edited.
struct RegionOptions: ParsableArguments, Sendable {
    @Option(
        name: .customLong("region"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Where: each time in seconds, h:mm:ss.sss, 500ms, 44100s (samples), end, or -1.5 (before the end); of some frequencies only: 2-3.5@500-4000 (Hz). May be given several times.",
            valueName: "start-end"),
        transform: Self.span)
    var spans: [RegionWords] = []

    @Option(
        help: ArgumentHelp(
            "A list of regions: Audacity's labels, a table (CSV), or markers: those of the sound file itself.",
            valueName: "file"))
    var regionsFrom: String?

    @Option(
        help: ArgumentHelp("How far a place of a list is widened to both sides, in seconds.", valueName: "sec"))
    var around = 0.05

    func validate() throws {
        guard around > 0, around <= 60 else {
            throw ValidationError("--around: above 0 and up to 60 seconds expected, found \(around)")
        }
    }

    /// The word that stands for the markers of the sound file itself.
    static let markers = "markers"

    /// The regions of a sound.
    /// - Parameter source: the sound; nil before it is opened: a stretch then stands for what only the sound can tell.
    func regions(of source: AudioFile?) throws -> [Region] {
        guard let source else {
            let listed = regionsFrom == nil ? [] : [Region(start: 0, end: 1)]
            return spans.map { $0.region ?? Region(start: 0, end: 1) } + listed
        }
        var regions = spans.map { $0.region(rate: source.rate, frames: source.frames) }
        if let regionsFrom {
            let track = try Self.track(regionsFrom, of: source)
            guard track.count > 0 else { throw EditingError.noLabels(file: regionsFrom) }
            regions += track.regions(of: source, around: around)
        }
        return regions
    }

    private static func track(_ name: String, of source: AudioFile) throws -> LabelTrack {
        if name == markers {
            let track = LabelTrack(markersOf: source)
            guard track.count > 0 else { throw EditingError.noMarkers(sound: source.label) }
            return track
        }
        return try LabelTrack(WholeFile.read(URL(fileURLWithPath: name)), name: name)
    }

    private static func span(_ text: String) throws -> RegionWords {
        guard let span = RegionWords(text) else {
            throw ValidationError(
                text.contains("@")
                    ? "START-END@LOW-HIGH expected, seconds or h:mm:ss.sss and then Hz (2.5-3@500-4000)"
                    : "START-END in seconds or h:mm:ss.sss expected (2.5-3 or 1:02.5-1:03.75)")
        }
        if let region = span.region, region.start >= region.end {
            throw ValidationError("the end must come after the start")
        }
        if let band = span.band, band.low >= band.high {
            throw ValidationError("the higher frequency must be above the lower one")
        }
        return span
    }
}
