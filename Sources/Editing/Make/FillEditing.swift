internal import Core

/// Edits regions of a source: those that need no model by prediction, first, and the others by the model, which hears them filled.
struct FillEditing {
    let loaded: LoadedModel
    let settings: Settings
    let plan: RegionPlan
    let source: any SoundSource
    /// File frames, sorted and apart.
    let regions: [Range<Int>]
    let log: EditLog

    /// Whether any of the regions needs the model.
    var usesModel: Bool { !regions.allSatisfy(isPredicted) }

    /// Whether a region, in file frames, is foretold from its sides, without the model.
    func isPredicted(_ region: Range<Int>) -> Bool {
        Double(region.count) <= ((plan.start as? PredictionStart)?.withoutModel ?? 0) * Double(source.rate)
    }

    /// Writes the whole edited sound and gives the figures of each region.
    /// - Parameter conditioner: asked for where the model is needed.
    func write(to sink: any SoundSink, conditioner: () throws -> Conditioner) throws -> [EditReport.Edit] {
        let isPredicted = regions.map(isPredicted)
        let predicted = try PredictionEditing(
            settings: settings, source: source, regions: zip(regions, isPredicted).filter(\.1).map(\.0), all: regions,
            isBeyondSource: (plan.start as? PredictionStart)?.isBeyondSource ?? false, fullScale: sink.fullScale,
            log: log)()
        let sink = PatchingSink(sink, patches: predicted.patches)
        let others = zip(regions, isPredicted).filter { !$0.1 }.map(\.0)
        guard !others.isEmpty else {
            try log.measure("write") { try sink.keep(source.frames) }
            return predicted.edits
        }
        let editing = RegionEditing(
            loaded: loaded, settings: settings, plan: plan, source: predicted.source, regions: others,
            conditioner: try conditioner(), log: log)
        return (predicted.edits + (try editing.write(to: sink))).sorted { $0.region.start < $1.region.start }
    }
}
