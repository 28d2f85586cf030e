internal import Core

/// Edits regions of a source: those that need no model by prediction, first, and the others by the model, which hears them filled.
struct FillEditing {
    let loaded: LoadedModel
    let settings: Settings
    let plan: RegionPlan
    let source: any SoundSource
    /// Sorted and apart.
    let areas: [EditArea]
    let log: EditLog

    /// Whether any of the regions needs the model.
    var usesModel: Bool { !areas.allSatisfy(isPredicted) }

    /// Whether an area is foretold from its sides, without the model.
    func isPredicted(_ area: EditArea) -> Bool {
        Double(area.frames.count) <= ((plan.start as? PredictionStart)?.withoutModel ?? 0) * Double(source.rate)
            && !area.rectangles.contains { plan.start.goesBeside($0.band) }
    }

    /// Writes the whole edited sound and gives the figures of each region.
    /// - Parameter conditioner: asked for where the model is needed.
    func write(to sink: any SoundSink, conditioner: () throws -> Conditioner) throws -> [EditReport.Edit] {
        let isPredicted = areas.map(isPredicted)
        let predicted = try PredictionEditing(
            settings: settings, source: source, areas: zip(areas, isPredicted).filter(\.1).map(\.0),
            all: areas.map(\.frames), feather: plan.feather,
            isBeyondSource: (plan.start as? PredictionStart)?.isBeyondSource ?? false, fullScale: sink.fullScale,
            log: log)()
        let sink = PatchingSink(sink, patches: predicted.patches)
        let others = zip(areas, isPredicted).filter { !$0.1 }.map(\.0)
        guard !others.isEmpty else {
            try log.measure("write") { try sink.keep(source.frames) }
            return predicted.edits
        }
        let editing = RegionEditing(
            loaded: loaded, settings: settings, plan: plan, source: predicted.source, areas: others,
            conditioner: try conditioner(), log: log)
        return (predicted.edits + (try editing.write(to: sink))).sorted { $0.region.start < $1.region.start }
    }
}
