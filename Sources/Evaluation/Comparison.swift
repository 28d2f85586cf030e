internal import Core
public import Editing
internal import Foundation

/// Outputs measured against references, as sets and, where they are pairs, one by one.
public struct Comparison: Sendable, Encodable {
    /// The network by which sets were compared.
    public let network: String
    /// How many references there are.
    public let references: Int
    /// How many outputs there are.
    public let outputs: Int
    /// How many pairs they are; nil where they were not compared as pairs.
    public let pairs: Int?
    /// The figures, in the order of ``Measure/Kind``; those that could not be taken are not there.
    public let measures: [Measure]
    /// Facts that the user should know, one sentence each.
    public let notes: [String]

    /// Measures outputs against references.
    /// - Parameters:
    ///   - references: the sounds as they should be.
    ///   - outputs: the sounds that were made.
    ///   - arePairs: whether each output belongs to the reference of its name. Two files always are a pair.
    ///   - captions: what the outputs, and the references, are said to be; nil for no CLAP score.
    ///   - network: the network that hears what sounds are.
    ///   - tower: the towers that captions are held against.
    ///   - progress: called before each sound; what it throws stops the measuring.
    /// - Throws: `EvaluationError`, `AudioError`, `CheckpointError`, and what `progress` throws.
    public init(
        of references: SoundSet, _ outputs: SoundSet, arePairs: Bool = false, captions: Captions? = nil,
        by network: any SoundNetwork, tower: TowerNetwork? = nil, progress: (EditProgress) throws -> Void = { _ in }
    ) throws {
        let arePairs = arePairs || !references.isFolder && !outputs.isFolder
        let matched = arePairs ? try SoundSet.pairs(references, outputs) : nil
        guard arePairs || min(references.members.count, outputs.members.count) > 1 else { throw EvaluationError.tooFew }
        let total = Double(references.members.count + outputs.members.count + (matched?.count ?? 0))
        var (done, notes) = (0.0, [String]())
        func advance(_ stage: String) throws {
            try progress(EditProgress(stage: stage, fraction: done / total))
            done += 1
        }
        func heard(_ set: SoundSet) throws -> HeardSet {
            var result = HeardSet()
            for member in set.members {
                try advance("hear")
                try result.add(member, by: network, captions, tower)
            }
            if result.silent > 0 {
                notes.append(
                    "\(result.silent) of \(set.members.count) sounds in \(set.label) say nothing to the network, such as silence, "
                        + "and do not count where it hears.")
            }
            return result
        }
        let (first, second) = (try heard(references), try heard(outputs))
        var measures = first.compared(with: second)
        if let matched {
            var figures = PairFigures()
            for pair in matched {
                try advance("compare")
                try figures.add(references.members[pair.reference], outputs.members[pair.output])
                figures.add(first.posteriors[pair.reference], second.posteriors[pair.output])
            }
            measures += figures.measures
        }
        let order = Measure.Kind.allCases
        self.network = network.name
        self.references = references.members.count
        self.outputs = outputs.members.count
        pairs = matched?.count
        self.measures = measures.sorted { order.firstIndex(of: $0.kind)! < order.firstIndex(of: $1.kind)! }
        self.notes = notes
    }

    /// The figure of a kind; nil where it could not be taken.
    public subscript(kind: Measure.Kind) -> Measure? { measures.first { $0.kind == kind } }
}

/// What a network hears in a set of sounds.
private struct HeardSet {
    /// By sound; nil for those that say nothing to the network.
    var posteriors: [Posterior?] = []
    private var embeddings: [[Float]] = []
    private var windows: [[Float]] = []
    private var agreements: [String: Double] = [:]
    private(set) var silent = 0

    /// More windows than that tell no more, and take long: of more, evenly spaced ones are taken.
    private static let mostWindows = 4000

    mutating func add(
        _ member: SoundSet.Member, by network: any SoundNetwork, _ captions: Captions?, _ tower: TowerNetwork?
    ) throws {
        let sound = try member.mono()
        let samples = try sound.samples(at: network.rate)
        let hearing = try network.hear(samples)
        posteriors.append(hearing.map { Posterior(logits: $0.logits) })
        guard let hearing else {
            silent += 1
            return
        }
        embeddings.append(hearing.embedding)
        for window in network.windows(of: samples) {
            if let heard = try network.hear(window) { windows.append(heard.embedding) }
        }
        guard let captions, let tower else { return }
        let caption = try captions.caption(of: member)
        if let heard = tower.hear(try sound.samples(at: tower.rate)) {
            agreements[member.name] = tower.agreement(of: caption, with: heard)
        }
    }

    /// The figures of a set of outputs against this one of references.
    func compared(with outputs: HeardSet) -> [Measure] {
        [
            Self.distance(.frechetDistance, embeddings, outputs.embeddings),
            Self.distance(.frechetAudioDistance, Self.thinned(windows), Self.thinned(outputs.windows)),
            Self.inceptionScore(.inceptionScore, outputs.posteriors.compactMap { $0 }),
            Self.inceptionScore(.inceptionScoreOfReferences, posteriors.compactMap { $0 }),
            Measure(.clapScore, meanOf: outputs.agreements),
            Measure(.clapScoreOfReferences, meanOf: agreements),
        ].compactMap { $0 }
    }

    private static func thinned(_ vectors: [[Float]]) -> [[Float]] {
        guard vectors.count > mostWindows else { return vectors }
        return (0..<mostWindows).map { vectors[$0 * vectors.count / mostWindows] }
    }

    private static func distance(_ kind: Measure.Kind, _ first: [[Float]], _ second: [[Float]]) -> Measure? {
        guard min(first.count, second.count) > 1 else { return nil }
        let (a, b) = (DenseMatrix(first), DenseMatrix(second))
        let value = FrechetDistance.between(a, b)
        let interval = Bootstrap.interval(
            around: value, counts: [a.rows, b.rows], draws: Bootstrap.fewDraws
        ) { FrechetDistance.between(a.rows($0[0]), b.rows($0[1])) }
        .map { Measure.Interval(low: max(0, $0.low), high: $0.high) }
        return Measure(kind: kind, value: value, interval: interval, count: b.rows, each: nil)
    }

    private static func inceptionScore(_ kind: Measure.Kind, _ posteriors: [Posterior]) -> Measure? {
        guard posteriors.count > 1 else { return nil }
        let value = InceptionScore.of(posteriors)
        let interval = Bootstrap.interval(around: value, counts: [posteriors.count], draws: Bootstrap.manyDraws) {
            InceptionScore.of($0[0].map { posteriors[$0] })
        }
        return Measure(kind: kind, value: value, interval: interval, count: posteriors.count, each: nil)
    }
}

/// The figures of pairs, gathered one by one.
private struct PairFigures {
    private var values: [Measure.Kind: [String: Double]] = [:]
    /// The pair that is being measured.
    private var name = ""
    private static let logMel = LogMel(PairMeasures.frontEnd)

    /// A pair may differ by that many seconds, which are left out of the longer one.
    private static let grace = 0.1

    mutating func add(_ reference: SoundSet.Member, _ output: SoundSet.Member) throws {
        name = output.name
        let (a, b) = (try reference.mono(), try output.mono())
        let (first, second) = (a.samples, try b.samples(at: a.rate))
        let apart = abs(first.count - second.count)
        guard Double(apart) <= Self.grace * Double(a.rate) else {
            throw EvaluationError.lengths(
                name: output.url.relativePath, reference: Double(first.count) / Double(a.rate),
                output: Double(second.count) / Double(a.rate))
        }
        let count = min(first.count, second.count)
        let (real, made) = (Array(first.prefix(count)), Array(second.prefix(count)))
        add(.logSpectralDistance, PairMeasures.logSpectralDistance(real, made, rate: a.rate))
        add(.signalToDistortion, PairMeasures.signalToDistortion(real, made))
        if a.rate == b.rate { add(.seam, EditEdges.seam(real, made, rate: a.rate)) }

        let rate = PairMeasures.frontEnd.samplingRate
        let mels = try [real, made].map { Self.logMel(try MonoSound(samples: $0, rate: a.rate).samples(at: rate)) }
        let floor = Float(log(PairMeasures.frontEnd.floor))
        if let figures = PairMeasures.melFigures(mels[0], mels[1], floor: floor) {
            add(.melError, figures.error)
            add(.melLevel, figures.level)
            add(.texture, figures.texture)
        }
    }

    mutating func add(_ reference: Posterior?, _ output: Posterior?) {
        if let reference, let output { add(.divergence, reference.divergence(to: output)) }
    }

    private mutating func add(_ kind: Measure.Kind, _ value: Double?) {
        if let value { values[kind, default: [:]][name] = value }
    }

    var measures: [Measure] { values.compactMap { Measure($0.key, meanOf: $0.value) } }
}

extension Measure {
    /// The mean of one value per sound, by the sounds' names; nil for none.
    init?(_ kind: Kind, meanOf values: [String: Double]) {
        guard !values.isEmpty else { return nil }
        let (value, interval) = Bootstrap.mean(values.sorted { $0.key < $1.key }.map(\.value))
        self.init(kind: kind, value: value, interval: interval, count: values.count, each: values)
    }
}
