/// The settings of how an edit is made: everything that, with the model and the source, decides the result and is the
/// same for all jobs.
public struct Settings: Sendable, Codable, Equatable {
    /// The seed of the random numbers. The same seed gives the same sound.
    public internal(set) var seed: UInt64
    /// The number of denoising steps from pure noise, 1...1000.
    public internal(set) var steps: Int
    /// How strongly the prompt, or what the surroundings say, is followed, 0 (not at all)...100; at 1 and 0 the work is halved.
    public let guidance: Double
    /// The noise-to-signal ratios at which there is guidance (arXiv 2404.07724): 10 is nearly pure noise, 0.1 nearly
    /// clean. nil for all.
    public let guidanceInterval: ClosedRange<Double>?
    /// The solver that walks from noise to sound.
    public let sampler: Sampler
    /// The share of fresh noise in each step, 0 (none) ... 1 (as much as DDPM); DDIM only.
    public let eta: Double
    /// How often each step is taken, 1...50 (RePaint, arXiv 2201.09865): above 1 a fill agrees better with its
    /// surroundings.
    public internal(set) var passes: Int
    /// The encoding of the result; nil for the source's, as far as the container holds it.
    public let encoding: SampleEncoding?
    /// The model that makes the sound; nil for the one that the editor has open.
    public var model: ModelReference?

    /// Settings of a job; what is left out is the job's default.
    /// - Parameters:
    ///   - job: the type of the request that the settings are for.
    ///   - condition: what shall be heard.
    ///   - seed: the seed of the random numbers.
    ///   - steps: the number of denoising steps from pure noise, 1...1000.
    ///   - guidance: how strongly the prompt is followed, 0...100.
    ///   - guidanceInterval: the noise-to-signal ratios at which there is guidance.
    ///   - sampler: the solver; with an `eta` above 0 the default is DDIM, which alone has one.
    ///   - eta: the share of fresh noise in each step, 0...1.
    ///   - passes: how often each step is taken, 1...50.
    ///   - encoding: the encoding of the result; nil for the source's.
    ///   - model: the model that makes the sound; nil for the one that the editor has open.
    /// - Throws: `EditingError.setting`, which names the setting, its range and what was found.
    public init<Request: EditRequest>(
        for job: Request.Type, condition: Condition = Condition(), seed: UInt64 = 0, steps: Int? = nil,
        guidance: Double? = nil,
        guidanceInterval: ClosedRange<Double>? = nil, sampler: Sampler? = nil, eta: Double = 0, passes: Int = 1,
        encoding: SampleEncoding? = nil, model: ModelReference? = nil
    ) throws(EditingError) {
        self.seed = seed
        self.steps = steps ?? job.defaults.steps
        self.guidance = guidance ?? job.defaults.guidance(for: condition)
        self.guidanceInterval = guidanceInterval ?? job.defaults.guidanceInterval
        // Only DDIM has an eta: who asks for one asks for it.
        self.sampler = sampler ?? (eta > 0 ? .ddim : job.defaults.sampler)
        self.eta = eta
        self.passes = passes
        self.encoding = encoding
        self.model = model
        try check()
    }

    fileprivate enum CodingKeys: String, CodingKey {
        case seed, steps, guidance, sampler, eta, passes, encoding, model
        case guidanceInterval = "guidance_interval"
    }

    /// Reads settings in which nothing is left out that has a default only by the job.
    /// - Throws: `EditingError.setting` for a value out of its range; `DecodingError`.
    public init(from decoder: any Decoder) throws {
        let given = try Given(from: decoder)
        func needed<Value>(_ value: Value?, _ key: CodingKeys) throws -> Value {
            guard let value else {
                throw DecodingError.keyNotFound(
                    key, .init(codingPath: decoder.codingPath, debugDescription: "the settings lack \(key.rawValue)"))
            }
            return value
        }
        seed = given.seed ?? 0
        steps = try needed(given.steps, .steps)
        guidance = try needed(given.guidance, .guidance)
        guidanceInterval = given.guidanceInterval
        sampler = try needed(given.sampler, .sampler)
        eta = given.eta ?? 0
        passes = given.passes ?? 1
        encoding = given.encoding
        model = given.model
        try check()
    }

    /// Settings as somebody wrote them down: what is left out is the job's default.
    fileprivate struct Given: Decodable {
        let seed: UInt64?
        let steps: Int?
        let guidance: Double?
        let guidanceInterval: ClosedRange<Double>?
        let sampler: Sampler?
        let eta: Double?
        let passes: Int?
        let encoding: SampleEncoding?
        let model: ModelReference?

        typealias CodingKeys = Settings.CodingKeys
    }

    /// Settings that were given, or else a job's defaults.
    static func given<Request: EditRequest>(
        _ settings: Settings?, for job: Request.Type, _ condition: Condition
    ) throws(EditingError) -> Settings {
        if let settings { return settings }
        return try Settings(for: job, condition: condition)
    }

    private func check() throws(EditingError) {
        try EditingError.demand((1...1000).contains(steps), .steps, "1 to 1000", steps)
        try EditingError.demand(guidance >= 0 && guidance <= 100, .guidance, "0 to 100", guidance)
        if let interval = guidanceInterval {
            try EditingError.demand(
                interval.lowerBound >= 0 && interval.upperBound.isFinite, .guidanceInterval, "two ratios from 0 up",
                "\(interval.lowerBound)-\(interval.upperBound)")
        }
        try EditingError.demand(eta >= 0 && eta <= 1, .eta, "0 to 1", eta)
        try EditingError.demand(
            eta == 0 || sampler == .ddim, .eta, "0 with the sampler \(sampler.rawValue)", eta)
        try EditingError.demand((1...50).contains(passes), .passes, "1 to 50", passes)
    }
}

extension KeyedDecodingContainer {
    /// The settings of a job; what is left out is the job's default.
    func settings<Request: EditRequest>(_ key: Key, for job: Request.Type, _ condition: Condition) throws -> Settings {
        guard let given = try decodeIfPresent(Settings.Given.self, forKey: key) else {
            return try Settings(for: job, condition: condition)
        }
        return try Settings(
            for: job, condition: condition, seed: given.seed ?? 0, steps: given.steps, guidance: given.guidance,
            guidanceInterval: given.guidanceInterval, sampler: given.sampler, eta: given.eta ?? 0,
            passes: given.passes ?? 1, encoding: given.encoding, model: given.model)
    }

    /// The condition of a job: nothing is asked for where there is none.
    func condition(_ key: Key) throws -> Condition { try decodeIfPresent(Condition.self, forKey: key) ?? Condition() }
}
