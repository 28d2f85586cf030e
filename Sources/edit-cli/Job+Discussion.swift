internal import Editing

extension Job {
    /// The end of a job's help: the settings it has unless others are asked for.
    var discussion: String {
        let defaults = self.defaults
        return "Unless you say otherwise: \(defaults.steps) steps, guidance \(defaults.guidance), "
            + "sampler \(defaults.sampler.rawValue)."
    }
}
