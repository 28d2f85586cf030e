/// How a job is done: everything that, with the model and the source, decides the result.
public struct Settings: Sendable, Codable, Equatable {
    /// Of the random numbers. The same seed gives the same sound.
    public let seed: UInt64
    /// Denoising steps from pure noise, 1...1000.
    public let steps: Int
    /// How strongly the prompt, or what the surroundings say, is followed, 0 (not at all)...100; at 1 and 0 the work is halved.
    public let guidance: Double
    /// The noise-to-signal ratios at which there is guidance (arXiv 2404.07724): 10 is nearly pure noise, 0.1 nearly clean. nil: all.
    public let guidanceInterval: ClosedRange<Double>?
    /// What shall be heard. nil: what the surroundings say.
    public let prompt: String?
    /// What shall not be heard; matters only with guidance other than 1.
    public let negativePrompt: String?
    public let sampler: Sampler
    /// Fresh noise per step, 0 (none) ... 1 (as much as DDPM); DDIM only.
    public let eta: Double
    /// Times that each step is taken, 1...50 (RePaint, arXiv 2201.09865): above 1 a fill agrees better with its surroundings.
    public let resampling: Int

    /// Settings of `job`; what is left out is the job's default.
    /// - Throws: `EditingError.setting`, which names the option, its range and what was found.
    public init(
        for job: Job, prompt: String? = nil, negativePrompt: String? = nil, seed: UInt64 = 0, steps: Int? = nil,
        guidance: Double? = nil, guidanceInterval: ClosedRange<Double>? = nil, sampler: Sampler? = nil,
        eta: Double = 0, resampling: Int? = nil
    ) throws(EditingError) {
        let defaults = job.defaults
        self.seed = seed
        self.steps = steps ?? defaults.steps
        self.guidance = guidance ?? defaults.guidance
        self.guidanceInterval = guidanceInterval ?? defaults.guidanceInterval
        self.prompt = prompt
        self.negativePrompt = negativePrompt
        // Only DDIM has an eta: who asks for one asks for it.
        self.sampler = sampler ?? (eta > 0 ? .ddim : defaults.sampler)
        self.eta = eta
        self.resampling = resampling ?? defaults.resampling
        if let flaw { throw flaw }
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        seed = try values.decode(UInt64.self, forKey: .seed)
        steps = try values.decode(Int.self, forKey: .steps)
        guidance = try values.decode(Double.self, forKey: .guidance)
        guidanceInterval = try values.decodeIfPresent(ClosedRange<Double>.self, forKey: .guidanceInterval)
        prompt = try values.decodeIfPresent(String.self, forKey: .prompt)
        negativePrompt = try values.decodeIfPresent(String.self, forKey: .negativePrompt)
        sampler = try values.decode(Sampler.self, forKey: .sampler)
        eta = try values.decode(Double.self, forKey: .eta)
        resampling = try values.decode(Int.self, forKey: .resampling)
        if let flaw { throw flaw }
    }

    /// The first setting that is out of its range.
    private var flaw: EditingError? {
        func outside(_ name: String, _ expected: String, _ found: any CustomStringConvertible) -> EditingError {
            .setting(name: name, expected: expected, found: found.description)
        }
        if !(1...1000).contains(steps) { return outside("--steps", "1 to 1000", steps) }
        if !(guidance >= 0 && guidance <= 100) { return outside("--guidance", "0 to 100", guidance) }
        if let interval = guidanceInterval, interval.lowerBound < 0 || !interval.upperBound.isFinite {
            return outside(
                "--guidance-interval", "two ratios from 0 up", "\(interval.lowerBound)-\(interval.upperBound)")
        }
        if !(eta >= 0 && eta <= 1) { return outside("--eta", "0 to 1", eta) }
        if eta > 0 && sampler != .ddim { return outside("--eta", "0 with --sampler \(sampler.rawValue)", eta) }
        if !(1...50).contains(resampling) { return outside("--resampling", "1 to 50", resampling) }
        return nil
    }
}
