internal import Core
internal import Foundation

extension Editor {
    /// Inpainting and restyling: regions of a file are made by the model, and all else stays.
    func edit(
        _ job: Job, _ source: URL, to output: URL, regions: [Region], strength: Double, settings: Settings,
        writing: OutputOptions, progress: ProgressHandler
    ) throws -> Report {
        try Self.check(strength: strength)
        return try withoutActuallyEscaping(progress) { progress in
            let log = JobLog(progress)
            try log.advance(to: 0, "read")
            let file = try AudioFile(source)
            let everywhere = [0..<file.frames]
            let ranges = regions.isEmpty ? everywhere : try frames(of: regions, in: file)
            if job == .inpaint, ranges == everywhere, settings.prompt == nil {
                throw EditingError.nothingAround(file: source.relativePath)
            }
            let edit = try AudioEdit(
                of: file, to: output, encoding: writing.encoding?.encoding, overwrite: writing.overwrites)
            var edits: [Report.Edit] = []
            let isNew = job == .inpaint || strength == 1
            if isNew || StrengthSchedule.stepCount(strength: strength, of: settings.steps) > 0 {
                let regionEdit = RegionEdit(
                    engine: engine, settings: settings, file: file, isNew: isNew,
                    strength: Float(strength), regions: ranges, log: log)
                edits = try regionEdit.run { frame, channels in
                    try log.measure("write") { try edit.replace(from: frame, with: channels) }
                }
            }
            let written = try log.measure("write") { try edit.finish() }
            // Where everything was made anew there is no outside.
            let isIdentical = !edits.isEmpty && ranges == everywhere ? nil : written.isBitIdentical
            if isIdentical == false {
                log.note(
                    "\(written.format.encoding) cannot hold the source's samples exactly: outside the regions they are close, "
                        + "not identical.")
            }
            try log.advance(to: 1, "done")
            return Report(job, output, written, isIdenticalOutside: isIdentical, edits: edits, log)
        }
    }
}
