public import Core
public import Foundation

/// A loaded model and the jobs that it can do.
///
/// Opening reads and checks the model's configurations; its networks are loaded when a job first needs them.
public final class Editor: Sendable {
    let engine: Engine
    /// The model's folder; nil for the bundled one.
    let folder: URL?

    public var model: Model { engine.model }

    /// - Parameters:
    ///   - model: a folder in the layout of diffusers; nil for the bundled model.
    ///   - vocoder: the folder of another model whose vocoder is to be used, of more bands and a higher rate perhaps; nil for the
    ///     model's own.
    ///   - headRule: `.original` for AudioLDM's published weights with the number of attention heads they were trained with.
    ///   - keepsNetworks: keeps the networks in memory from job to job; without it a job lets go of each one that it needs no more.
    /// - Throws: `CheckpointError` for what is not a model; `EditingError.noDefaultModel`.
    public init(
        model folder: URL? = nil, vocoder: URL? = nil, headRule: HeadRule = .config, keepsNetworks: Bool = false
    ) throws {
        guard let place = folder ?? Model.bundledFolder else { throw EditingError.noDefaultModel }
        self.folder = folder
        let model = try Model(folder: place, headRule: headRule)
        let voice = try vocoder.map { try Voice(of: Model(folder: $0), for: model) } ?? Voice(of: model)
        engine = try Engine(model, voice: voice, keepsNetworks: keepsNetworks)
    }
}

extension Editor {
    /// - Throws: `EditingError.setting` for a strength outside 0...1.
    public static func check(strength: Double) throws(EditingError) {
        guard (0...1).contains(strength) else {
            throw .setting(name: "--strength", expected: "0 to 1", found: "\(strength)")
        }
    }

    /// - Throws: `EditingError.setting` for takes outside 1...100.
    public static func check(takes: Int) throws(EditingError) {
        guard (1...100).contains(takes) else {
            throw .setting(name: "--takes", expected: "1 to 100", found: "\(takes)")
        }
    }

    /// - Throws: `EditingError.setting` for a duration that is not above 0, or beyond a day.
    public static func check(duration: Double) throws(EditingError) {
        guard duration > 0, duration <= 86_400 else {
            throw .setting(name: "--duration", expected: "above 0 and up to 86400 seconds", found: "\(duration)")
        }
    }

    /// - Throws: `EditingError.setting` for a cut-off that is no frequency.
    public static func check(cutoff: Double) throws(EditingError) {
        guard cutoff > 0, cutoff.isFinite else {
            throw .setting(name: "--cutoff", expected: "a frequency above 0 Hz", found: "\(cutoff)")
        }
    }

    /// - Throws: `EditingError.setting` for a rate outside 1000...768000 Hz.
    public static func check(rate: Int) throws(EditingError) {
        guard (1000...768_000).contains(rate) else {
            throw .setting(name: "--rate", expected: "1000 to 768000 Hz", found: "\(rate)")
        }
    }

    /// Regions in frames of a file, merged and checked.
    func frames(of regions: [Region], in file: AudioFile) throws(EditingError) -> [Range<Int>] {
        let rate = Double(file.rate)
        var ranges: [Range<Int>] = []
        for region in regions {
            guard region.start < region.end else { throw .regionReversed(start: region.start, end: region.end) }
            // Half a frame of grace: a duration that was printed with a few digits is still the file's.
            let end = (region.end * rate).rounded()
            guard region.start >= 0, end <= Double(file.frames) + max(1, rate / 2000) else {
                throw .regionOutside(start: region.start, end: region.end, duration: file.duration)
            }
            let first = Int((region.start * rate).rounded())
            let last = min(Int(end), file.frames)
            guard first < last else { throw .regionTooShort(start: region.start, end: region.end, rate: file.rate) }
            ranges.append(first..<last)
        }
        return PassagePlan.merged(ranges)
    }
}

extension OutputOptions.Encoding {
    var encoding: AudioEncoding {
        switch self {
        case .pcm16: .pcm16
        case .pcm24: .pcm24
        case .float32: .float32
        }
    }
}

extension Report {
    /// The report of a job that wrote a file.
    init(
        _ job: Job, _ output: URL, _ written: AudioWriteReport, isIdenticalOutside: Bool? = nil, edits: [Edit] = [],
        cutoff: Double? = nil, _ log: JobLog
    ) {
        if written.clippedSamples > 0 {
            log.note("\(written.clippedSamples) samples were beyond full scale and were held to it.")
        }
        self.init(
            job: job, output: output.relativePath, duration: Double(written.frames) / Double(written.format.rate),
            rate: written.format.rate, channels: written.format.channels,
            format: "\(written.format.container), \(written.format.encoding)", isIdenticalOutside: isIdenticalOutside,
            edits: edits, cutoff: cutoff, stages: log.stages, seconds: log.elapsed, notes: log.notes)
    }
}
