public import Core
internal import Foundation

/// What an edit will do, and what it will take, before it is made.
public struct EditForecast: Sendable {
    /// A stretch that the model works on at once.
    public struct Passage: Sendable, Codable, Equatable {
        /// The start in seconds of the source, or of the new sound.
        public let start: Double
        /// The end in seconds.
        public let end: Double
        /// How many regions of the edit lie in it; 0 for a job without regions.
        public let regions: Int
        /// How many segments it is made in, one after the other, so that memory does not grow with its length.
        public let segments: Int
        /// How many windows the network sees of it, in all segments.
        public let windows: Int
        /// The denoising steps of a window.
        public let steps: Int
        /// How often the network is run.
        public let networkCalls: Int
    }

    /// The request, with everything filled in that was left to the model.
    public let request: any EditRequest
    /// The regions that the model makes.
    public let regions: [Region]
    /// The regions that are foretold from their sides, without the model.
    public let predicted: [Region]
    /// The passages, in the order of time.
    public let passages: [Passage]
    /// The frequency above which sound is made, in Hz, where the job has one.
    public let cutoff: Double?
    /// How often the edit is made, where several takes are.
    public var makings = 1
    /// How often the network is run.
    public var networkCalls: Int { makings * passages.reduce(0) { $0 + $1.networkCalls } }
    /// About how many seconds the edit takes on this machine, as a small part of it took.
    public var seconds: Double { Double(makings) * secondsOnce }
    private let secondsOnce: Double
    /// The most memory that this process has had in use so far, in bytes, a small part of the edit among it: about what the edit needs.
    public let memory: Int

    fileprivate init(
        _ request: any EditRequest, _ passages: [Passage], regions: [Region], predicted: [Region], cutoff: Double?,
        seconds: Double, memory: Int
    ) {
        self.request = request
        self.regions = regions
        self.predicted = predicted
        self.passages = passages
        self.cutoff = cutoff
        secondsOnce = seconds
        self.memory = memory
    }
}

extension Editor {
    /// Says what an edit will do and take: it makes a small part of it, in few steps, and keeps nothing.
    /// - Parameters:
    ///   - request: the edit.
    ///   - source: the sound to edit; nil for an edit that makes a sound from nothing.
    /// - Throws: what ``perform(_:from:to:listener:)`` throws.
    public func forecast(_ request: some EditRequest, from source: (any SoundSource)? = nil) throws -> EditForecast {
        try check(request.settings.model)
        var request = request.completed(for: loaded.traits)
        if request.settings.model == nil { request.settings.model = reference }
        _ = try loaded.walk(request.settings)
        let plan = try request.plan(for: source)
        if case .new(let plan) = plan { return try forecast(request, plan) }
        guard let source else { throw EditingError.noSource(job: request.job) }
        if case .upperBand(let plan) = plan { return try forecast(request, plan, source) }
        switch plan {
        case .regions(let plan): return try forecast(request, plan, source)
        case .extended(let plan): return try forecast(request, .extended(plan), plan.strength, source)
        case .loop(let plan): return try forecast(request, .loop(plan), plan.strength, source)
        case .upperBand, .new: preconditionFailure("a plan that was looked at before")
        }
    }

    /// Steps that are tried: the first one takes longer, as the network comes into memory; of the others one is corrected where steps are.
    private static let triedSteps = 1 + Dynamics.every
    /// Seconds of a region that are tried, where its passage is made at once.
    private static let triedSeconds = 10.0

    /// What a small part of an edit took.
    private struct Trial {
        /// Seconds of one run of the network, of what is done once, and of all the rest.
        var (run, once, rest) = (0.0, 0.0, 0.0)

        init() {}

        init(_ report: EditReport, step: Double?, windows: Int) {
            let stages = Dictionary(report.stages.map { ($0.name, $0.seconds) }, uniquingKeysWith: +)
            let (denoise, condition) = (stages["denoise", default: 0], stages["condition", default: 0])
            run = step.map { $0 / Double(max(1, windows)) } ?? denoise / Double(max(1, report.networkCalls))
            once = condition + max(0, denoise - run * Double(report.networkCalls))
            rest = max(0, report.seconds - denoise - condition)
        }

        func seconds(calls: Int, parts: Double) -> Double { once + Double(calls) * run + parts * rest }
    }

    /// Makes a small part of an edit.
    /// - Parameter windows: what the network is run on in each step.
    private func tried(
        _ request: some EditRequest, _ plan: EditPlan, _ source: (any SoundSource)?, windows: Int
    ) throws -> Trial {
        var times: [ContinuousClock.Instant] = []
        let log = EditLog { event in
            if case .progress(let progress) = event, progress.stage == "denoise" { times.append(.now) }
        }
        let report = try perform(request, plan, from: source, to: RecordingDestination(), log)
        // Between the segments lies more than a step.
        let run = min(Dynamics.every, times.count - 1)
        let step = run < 1 ? nil : zip(times, times.dropFirst(run)).map { ($1 - $0) / .seconds(Double(run)) }.min()
        return Trial(report, step: step, windows: windows)
    }

    /// The same edit in as few steps as tell enough.
    private func shortened<Request: EditRequest>(_ request: Request, strength: Double) -> Request {
        var request = request
        let steps = request.settings.steps
        guard StrengthSchedule.stepCount(strength: strength, of: steps) > Self.triedSteps else { return request }
        request.settings.steps = min(steps, Int((Double(Self.triedSteps) / strength).rounded(.up)))
        request.settings.passes = 1
        return request
    }

    private func passage(
        _ seconds: Range<Double>, regions: Int, _ plan: SegmentPlan, steps: Int, lastSteps: Int? = nil, takes: Int = 1
    ) -> EditForecast.Passage {
        let windows = plan.segments.map {
            DenoisingWindows(frames: $0.count, length: max(plan.window, 1), overlap: plan.overlap).ranges.count
        }
        let calls = windows.dropLast().reduce(0, +) * steps + (windows.last ?? 0) * (lastSteps ?? steps)
        return EditForecast.Passage(
            start: seconds.lowerBound, end: seconds.upperBound, regions: regions, segments: plan.segments.count,
            windows: windows.reduce(0, +), steps: steps, networkCalls: calls * takes)
    }

    private func forecast(
        _ request: some EditRequest, _ passages: [EditForecast.Passage], regions: [Region] = [],
        predicted: [Region] = [], cutoff: Double? = nil, seconds: Double
    ) -> EditForecast {
        EditForecast(
            request, passages, regions: regions, predicted: predicted, cutoff: cutoff, seconds: seconds,
            memory: Self.peakMemory)
    }

    /// Of this process, in bytes; 0 where the system does not say.
    private static var peakMemory: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    // MARK: Regions

    private func forecast(
        _ request: some EditRequest, _ plan: RegionPlan, _ source: any SoundSource
    ) throws -> EditForecast {
        let areas = try Self.areas(of: plan, in: source)
        let settings = request.settings
        guard plan.changesSomething else {
            return forecast(request, [], seconds: 0)
        }
        let fill = FillEditing(
            loaded: loaded, settings: settings, plan: plan, source: source, areas: areas, log: EditLog { _ in })
        let (predicted, others) = (areas.filter(fill.isPredicted), areas.filter { !fill.isPredicted($0) })
        func named(_ frames: Range<Int>) -> Region { Region(frames: frames, rate: source.rate) }
        var seconds = 0.0
        if let first = predicted.first {
            var part = plan
            part.regions = [named(first.frames)]
            let trial = try tried(request, .regions(part), source, windows: 1)
            seconds += Double(predicted.count) * trial.rest
        }
        let plans = PassagePlan.plans(
            for: others.map(\.frames), window: RegionEditing.window(loaded, source), of: source.frames)
        let parts = plans.map { RegionPart($0, plan, source, loaded) }
        let passages = zip(plans, parts).map { passage, part in
            self.passage(
                passage.frames.seconds(rate: source.rate), regions: passage.regions.count, part.segments,
                steps: StrengthSchedule.stepCount(strength: part.strength, of: settings.steps) * settings.passes)
        }
        if let first = others.first?.frames, let part = parts.first {
            let wanted = part.segments.segments.count > 1 ? Double(severalSegments) * cellSeconds : Self.triedSeconds
            let tried =
                first
                .lowerBound..<min(
                    first.upperBound, first.lowerBound + Int(wanted * Double(source.rate)))
            var small = plan
            small.regions = [named(tried)]
            let smallPart = RegionPart(
                PassagePlan.plans(for: [tried], window: RegionEditing.window(loaded, source), of: source.frames)[0],
                plan, source, loaded)
            let trial = try self.tried(
                shortened(request, strength: part.strength), .regions(small), source,
                windows: windowsAtOnce(smallPart.segments))
            seconds += trial.seconds(
                calls: passages.reduce(0) { $0 + $1.networkCalls },
                parts: Double(parts.reduce(0) { $0 + $1.segments.cells }) / Double(smallPart.segments.cells))
        }
        return forecast(
            request, passages, regions: others.flatMap { Self.regions($0, of: source) },
            predicted: predicted.flatMap { Self.regions($0, of: source) }, seconds: seconds)
    }

    /// An area as it is asked for.
    private static func regions(_ area: EditArea, of source: any SoundSource) -> [Region] {
        area.isBanded
            ? area.rectangles.map { Region(frames: $0.frames, rate: source.rate, band: $0.band) }
            : [Region(frames: area.frames, rate: source.rate)]
    }

    /// What goes on beyond a sound is tried whole, in few steps: what is made next depends on what was made before.
    private func forecast(
        _ request: some EditRequest, _ plan: EditPlan, _ strength: Double, _ source: any SoundSource
    ) throws -> EditForecast {
        let destination = RecordingDestination()
        let log = EditLog { _ in }
        let short = shortened(request, strength: strength)
        let report = try perform(short, plan, from: source, to: destination, log)
        func steps(_ settings: Settings) -> Int {
            StrengthSchedule.stepCount(strength: strength, of: settings.steps) * settings.passes
        }
        let (tried, wanted) = (max(1, steps(short.settings)), steps(request.settings))
        let windows = (report.networkCalls + tried - 1) / tried
        let trial = Trial(report, step: nil, windows: windows)
        let regions = report.edits.map(\.region)
        let passage = EditForecast.Passage(
            start: regions.first?.start ?? 0, end: regions.last?.end ?? 0, regions: regions.count, segments: 1,
            windows: windows, steps: wanted, networkCalls: windows * wanted)
        return forecast(
            request, windows > 0 ? [passage] : [], regions: windows > 0 ? regions : [],
            predicted: windows > 0 ? [] : regions, seconds: trial.seconds(calls: passage.networkCalls, parts: 1))
    }

    /// How a passage is made.
    private struct RegionPart {
        let segments: SegmentPlan
        /// How far what changes most changes.
        let strength: Double

        init(_ passage: PassagePlan, _ plan: RegionPlan, _ source: any SoundSource, _ loaded: LoadedModel) {
            let axes = PassageAxes(source, from: passage.frames.lowerBound, loaded)
            let cells = axes.cells(upToFileFrame: passage.frames.upperBound)
            let frames = cells * loaded.grid.factor
            segments = SegmentPlan(
                cells: cells, window: loaded.window, single: loaded.window, isDrafted: plan.startsFromSource)
            let isDrafted =
                plan.start.hasDrafts && plan.largestStrength < 1
                && frames <= RegionEditing.mostWindows * loaded.windowFrames
            // What lies beyond the source's end is made from nothing.
            let isInside = axes.melFramesBeyondEnd(of: frames).isEmpty
            strength = !plan.start.hidesSource || isDrafted && isInside ? Double(plan.largestStrength) : 1
        }
    }

    // MARK: Whole sounds

    /// Latent cells that make two segments, the longest there are: the second one needs more memory, as the first is still on its way out.
    private var severalSegments: Int {
        2 * SegmentPlan.longest(window: loaded.window) - SegmentPlan.overlap(window: loaded.window)
    }

    private var cellSeconds: Double { Double(loaded.grid.cellSamples) / Double(loaded.rate) }

    /// What the network is run on in each step of a segment.
    private func windowsAtOnce(_ plan: SegmentPlan) -> Int {
        passage(0..<1, regions: 0, plan, steps: 1).windows / plan.segments.count
    }

    private func forecast(
        _ request: some EditRequest, _ plan: UpperBandPlan, _ source: any SoundSource
    ) throws -> EditForecast {
        let start = ContinuousClock.now
        let cutoff = try plan.cutoff ?? CutOff.find(in: source)
        let listening = (ContinuousClock.now - start) / .seconds(1)
        let axes = PassageAxes(source, from: 0, loaded)
        let cells = axes.cells(upToFileFrame: source.frames)
        let isDrafted = try loaded.model.bandExtension() != nil
        let segments = SegmentPlan(cells: cells, window: loaded.window, single: loaded.window, isDrafted: isDrafted)
        let settings = request.settings
        let strength = isDrafted ? plan.strength : 1
        let hasRest = !axes.melFramesBeyondEnd(of: cells * loaded.grid.factor).isEmpty
        let passage = passage(
            0..<source.duration, regions: 0, segments,
            steps: StrengthSchedule.stepCount(strength: strength, of: settings.steps) * settings.passes,
            lastSteps: hasRest ? settings.steps * settings.passes : nil)
        let tried = min(cells, severalSegments)
        let length = min(source.frames, tried * loaded.grid.cellSamples * source.rate / loaded.rate)
        let low = (source.frames - length) / 2
        let trial = try self.tried(
            shortened(request, strength: max(strength, 0.01)),
            .upperBand(UpperBandPlan(cutoff: cutoff, rate: plan.rate, strength: plan.strength, holes: plan.holes)),
            SoundExcerpt(source, low..<low + length),
            windows: windowsAtOnce(
                SegmentPlan(cells: tried, window: loaded.window, single: loaded.window, isDrafted: isDrafted)))
        return forecast(
            request, [passage], cutoff: cutoff,
            seconds: listening
                + trial.seconds(calls: passage.networkCalls, parts: Double(cells) / Double(max(1, tried))))
    }

    private func forecast(_ request: some EditRequest, _ plan: NewSoundPlan) throws -> EditForecast {
        let cells = max(1, Int((plan.duration / cellSeconds).rounded(.up)))
        let segments = SegmentPlan(cells: cells, window: loaded.window, single: loaded.longestGeneration)
        let settings = request.settings
        let passage = passage(
            0..<plan.duration, regions: 0, segments, steps: settings.steps * settings.passes, takes: plan.takes)
        let longest = Double(severalSegments) * cellSeconds
        let (duration, takes) = (min(plan.duration, longest), min(plan.takes, 2))
        let trial = try tried(
            shortened(request, strength: 1), .new(NewSoundPlan(duration: duration, takes: takes)), nil,
            windows: windowsAtOnce(segments))
        return forecast(
            request, [passage],
            seconds: trial.seconds(
                calls: passage.networkCalls, parts: plan.duration * Double(plan.takes) / (duration * Double(takes))))
    }
}

/// A part of a sound as a sound of its own.
private struct SoundExcerpt: DerivedSound {
    let base: any SoundSource
    private let part: Range<Int>

    init(_ base: any SoundSource, _ part: Range<Int>) {
        self.base = base
        self.part = part
    }

    var frames: Int { part.count }

    func read(frames: Range<Int>) throws -> [[Float]] {
        try base.read(frames: frames.shifted(by: part.lowerBound))
    }
}
