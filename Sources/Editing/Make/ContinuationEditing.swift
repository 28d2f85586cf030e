internal import Core
internal import Foundation

/// Makes what lies beyond a sound's ends, or between its end and its beginning.
struct ContinuationEditing {
    let loaded: LoadedModel
    let settings: Settings
    let source: any SoundSource
    /// Where the result goes, marked with the frames of it that are made and whether the model makes them.
    let destination: (_ made: [Range<Int>], _ usesModel: Bool) throws -> any SoundDestination
    let log: EditLog
    let conditioner: () throws -> Conditioner

    /// What was written, and the figures of what was made.
    typealias Outcome = (written: SoundWriteReport, edits: [EditReport.Edit])

    /// Writes the sound with what was made before and after it.
    func extend(_ plan: ExtensionPlan) throws -> Outcome {
        let encoding = settings.encoding?.audioEncoding
        let rate = Double(source.rate)
        let (before, after) = (Int((plan.before * rate).rounded()), Int((plan.after * rate).rounded()))
        guard before + after > 0 else {
            log.note("Nothing was added: both ends are to be extended by 0 seconds.")
            let sink = try destination([], false).edited(source, encoding: encoding, keepsNothing: false)
            try log.measure("write") { try sink.keep(source.frames) }
            return (try log.measure("write") { try sink.finish() }, [])
        }
        let padded = PaddedSound(source, before: before, after: after)
        let end = before + source.frames
        let areas = [0..<before, end..<padded.frames].filter { !$0.isEmpty }.map { EditArea($0) }
        let base = try destination(areas.map(\.frames), true).joined(
            source, SoundJoin(frames: padded.frames, first: before), encoding: encoding)
        let sink = FadingSink(
            base, frames: padded.frames, before: min(before, Int(plan.fade * rate)),
            after: min(after, Int(plan.fade * rate)))
        let start: any StartingPoint =
            if plan.strength < 1 { ContinuationStart(seed: plan.seed) } else { LineStart() }
        let edits = try editing(padded, areas, RegionPlan([], strength: plan.strength, start: start)).write(
            to: sink, conditioner: conditioner)
        return (try log.measure("write") { try sink.finish() }, edits)
    }

    /// Writes the loop.
    func loop(_ plan: LoopPlan) throws -> Outcome {
        let rate = Double(source.rate)
        let total = plan.length.map { Int(($0 * rate).rounded()) } ?? source.frames
        let seam = max(1, Int((plan.seam * rate).rounded()))
        try EditingError.demand(
            seam < total, .seam, "less than the loop's \(Double(total) / rate) seconds", plan.seam)
        let turned = TurnedSound(source, body: min(source.frames, total - seam), frames: total)
        let editing = editing(
            turned, [EditArea(turned.gap)], RegionPlan([], strength: plan.strength, start: start(plan, turned.gap)))
        let sink = try destination([turned.body..<total], editing.usesModel).joined(
            source, SoundJoin(frames: total, first: 0, isLoop: true), encoding: settings.encoding?.audioEncoding)
        let made = MadeSink(fullScale: sink.fullScale, channels: source.channelCount)
        let edits = try editing.write(to: made, conditioner: conditioner)
        try log.measure("write") {
            try sink.keep(turned.body)
            try sink.write(made.channels)
        }
        let place = Region(frames: turned.body..<total, rate: source.rate)
        return (try log.measure("write") { try sink.finish() }, edits.map { $0.at(place) })
    }

    /// What a seam starts from: a short one needs no model, and one for which no passage is long enough takes several.
    private func start(_ plan: LoopPlan, _ gap: Range<Int>) -> any StartingPoint {
        let seconds = Double(gap.count) / Double(source.rate)
        if plan.strength == 1 { return LineStart() }
        if seconds <= PredictionStart.shortest { return PredictionStart() }
        return seconds <= PredictionStart.longest ? NearestPassageStart() : ContinuationStart(seed: plan.seed)
    }

    private func editing(_ sound: any SoundSource, _ areas: [EditArea], _ plan: RegionPlan) -> FillEditing {
        FillEditing(loaded: loaded, settings: settings, plan: plan, source: sound, areas: areas, log: log)
    }
}

/// A sound with silence before and after it.
private struct PaddedSound: DerivedSound {
    let base: any SoundSource
    private let before: Int
    let frames: Int

    init(_ base: any SoundSource, before: Int, after: Int) {
        self.base = base
        self.before = before
        frames = before + base.frames + after
    }

    func read(frames: Range<Int>) throws -> [[Float]] {
        let part = frames.clamped(to: before..<before + base.frames)
        let there = part.isEmpty ? nil : try base.read(frames: part.shifted(by: -before))
        return (0..<channelCount).map { channel in
            [Float](repeating: 0, count: part.isEmpty ? frames.count : part.lowerBound - frames.lowerBound)
                + (there?[channel] ?? [])
                + [Float](repeating: 0, count: part.isEmpty ? 0 : frames.upperBound - part.upperBound)
        }
    }
}

/// A loop cut open in the middle of its sound: first the second half, then the gap that is to be filled, then the first half.
private struct TurnedSound: DerivedSound {
    let base: any SoundSource
    /// Frames of the sound that the loop begins with.
    let body: Int
    let frames: Int

    init(_ base: any SoundSource, body: Int, frames: Int) {
        self.base = base
        self.body = body
        self.frames = frames
    }

    private var middle: Int { body / 2 }
    var gap: Range<Int> { body - middle..<frames - middle }

    func read(frames: Range<Int>) throws -> [[Float]] {
        var result = [[Float]](repeating: [], count: channelCount)
        let parts = [
            (0..<gap.lowerBound, middle), (gap, nil as Int?), (gap.upperBound..<self.frames, 0),
        ]
        for (range, place) in parts {
            let part = frames.clamped(to: range)
            guard !part.isEmpty, part.lowerBound >= range.lowerBound else { continue }
            let samples = try place.map { try base.read(frames: part.shifted(by: $0 - range.lowerBound)) }
            for channel in result.indices {
                result[channel] += samples?[channel] ?? [Float](repeating: 0, count: part.count)
            }
        }
        return result
    }
}

/// Takes what is made and forgets what is kept.
private final class MadeSink: SoundSink {
    let fullScale: Float?
    private(set) var channels: [[Float]]

    init(fullScale: Float?, channels: Int) {
        self.fullScale = fullScale
        self.channels = [[Float]](repeating: [], count: channels)
    }

    func write(_ more: [[Float]]) { for channel in channels.indices { channels[channel] += more[channel] } }
    func keep(_ count: Int) {}
    func finish() throws -> SoundWriteReport { preconditionFailure("what was made is taken, not finished") }
}

/// Lets what is made come in at the beginning and go out at the end.
private final class FadingSink: SoundSink {
    private let base: any SoundSink
    private let frames: Int
    private let before: Int
    private let after: Int
    private var position = 0

    /// - Parameters:
    ///   - frames: of the whole sound.
    ///   - before: frames over which the sound comes in.
    ///   - after: frames over which it goes out.
    init(_ base: any SoundSink, frames: Int, before: Int, after: Int) {
        self.base = base
        self.frames = frames
        self.before = before
        self.after = after
    }

    var fullScale: Float? { base.fullScale }

    func write(_ channels: [[Float]]) throws {
        let count = channels.first?.count ?? 0
        let start = position
        position += count
        guard start < before || position > frames - after else { return try base.write(channels) }
        let gains = (start..<position).map { frame -> Float in
            let first = before > 0 ? min(1, (Double(frame) + 0.5) / Double(before)) : 1
            let last = after > 0 ? min(1, (Double(frames - frame) - 0.5) / Double(after)) : 1
            return Float(0.5 - 0.5 * cos(.pi * min(first, last)))
        }
        try base.write(channels.map { zip($0, gains).map { $0 * $1 } })
    }

    func keep(_ count: Int) throws {
        try base.keep(count)
        position += count
    }

    func finish() throws -> SoundWriteReport { try base.finish() }
}

extension EditReport.Edit {
    /// The same figures of another place.
    fileprivate func at(_ region: Region) -> EditReport.Edit {
        EditReport.Edit(
            region: region, levelDifference: levelDifference, seam: seam, peakReduction: peakReduction, start: start,
            foretold: foretold)
    }
}
