internal import ArgumentParser
internal import Core
internal import Editing
internal import Foundation

/// What all jobs take.
struct JobOptions: ParsableArguments, Sendable {
    @OptionGroup var result: ResultOptions

    @OptionGroup var model: ModelOption

    @Option(
        help: ArgumentHelp(
            "A model's folder to take the vocoder from, or default: the bundled model's. (default: its own)",
            valueName: "dir"))
    var vocoder: String?

    @Option(help: ArgumentHelp("The same seed gives the same sound.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Denoising steps: more take longer and sound better.", valueName: "n"))
    var steps: Int?

    @Option(
        help: ArgumentHelp("How strongly the prompt is followed: 1 without emphasis, 0 not at all.", valueName: "w"))
    var guidance: Double?

    @Option(
        help: ArgumentHelp(
            "Noise-to-signal ratios at which the prompt is followed so. (default: all; restyle: 0-4)",
            valueName: "low-high"),
        transform: Self.interval)
    var guidanceInterval: ClosedRange<Double>?

    @Option(help: ArgumentHelp("What shall not be heard.", valueName: "text"))
    var negativePrompt: String?

    @Option(
        name: .customLong("like"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A sound that says what shall be heard, or a folder of them, of which those count that are nearest to the prompt, without one all. "
                + "May be given several times.", valueName: "file|folder"))
    var examples: [String] = []

    @Option(
        help: ArgumentHelp(
            "What --like counts beside a prompt, from 0, nothing, to 1, alone. (default: \(Likeness.defaultWeight))",
            valueName: "x"))
    var likeWeight: Double?

    @Flag(
        name: .customLong("no-memory"),
        help: "Go by what the model reads in the prompt alone, not by the sounds that it remembers.")
    var ignoresMemory = false

    @Option(
        help: ArgumentHelp("The solver: ddim or dpm++.", valueName: "name"),
        transform: Choice.parse)
    var sampler: Sampler?

    @Option(help: ArgumentHelp("Fresh noise in each ddim step, 0 to 1.", valueName: "x"))
    var eta: Double = 0

    @Option(
        help: ArgumentHelp(
            "Passes over each step: more fit the surroundings better, for as much more time.", valueName: "n"))
    var passes = 1

    @Option(
        help: ArgumentHelp(
            "pcm16, pcm24 or float32. (default: the source's; generate: pcm16)", valueName: "name"),
        transform: Choice.parse)
    var encoding: SampleEncoding?
}

extension JobOptions {
    func settings<Request: EditRequest>(for job: Request.Type, _ condition: Condition) throws(EditingError) -> Settings
    {
        try Settings(
            for: job, condition: condition, seed: seed, steps: steps, guidance: guidance,
            guidanceInterval: guidanceInterval,
            sampler: sampler, eta: eta, passes: passes, encoding: encoding)
    }

    func condition(_ prompt: String?) throws -> Condition {
        if likeWeight != nil, prompt == nil || examples.isEmpty {
            throw ValidationError("--like-weight: --like and a prompt expected with it")
        }
        let like =
            try examples.isEmpty
            ? nil
            : Likeness(
                examples.map { Likeness.Example(name: $0) }, weight: likeWeight ?? Likeness.defaultWeight)
        return Condition(
            prompt: prompt, negativePrompt: negativePrompt, like: like, usesMemory: !ignoresMemory)
    }

    /// - Throws: `ValidationError` where nothing says what shall be heard.
    /// - Parameter name: how the prompt is given.
    func demandCondition(_ prompt: String?, named name: String) throws {
        guard prompt == nil, examples.isEmpty else { return }
        throw ValidationError("missing expected argument '\(name)', what shall be heard, or '--like <file|folder>'")
    }

    /// The model by its name.
    var reference: ModelReference {
        ModelReference(
            name: model.model ?? ModelReference.bundledName, heads: model.heads,
            vocoder: vocoder.map { ModelReference.Vocoder(name: $0) }, precision: model.precision)
    }

    /// Reads `low-high`.
    private static func interval(_ text: String) throws -> ClosedRange<Double> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { Double($0) }
        guard ends.count == 2, ends[0] <= ends[1] else {
            throw ValidationError("LOW-HIGH expected, two ratios of noise to signal (0.2-5)")
        }
        return ends[0]...ends[1]
    }
}
