internal import Core
internal import Editing
internal import Foundation

/// A request as the command that makes the same edit.
struct CommandWords {
    /// The program's name, the command, and what it takes.
    private(set) var words: [String] = ["edit-cli"]

    /// - Parameters:
    ///   - request: the edit.
    ///   - input: the sound's file; nil for an edit that makes a sound from nothing.
    ///   - output: the file to write.
    ///   - model: the options that choose the model.
    /// - Returns: nil for an edit that no command makes: by a map of strengths, or of peaks that were cut off.
    init?(_ request: any EditRequest, input: String?, output: String, model: [String] = []) {
        switch request {
        case let request as Inpaint:
            if request.isBeyondSource { return nil }
            words += ["inpaint", Self.file(input ?? "")]
            words += ["-o", Self.file(output)] + Self.regions(request.regions)
            option("--prompt", request.condition.prompt)
            option("--strength", request.strength.map(Self.number))
            option("--start", request.start == .auto ? nil : request.start.rawValue)
            option("--feather", request.feather.map(Self.feather))
        case let request as Upsample:
            words += ["upsample", Self.file(input ?? ""), "-o", Self.file(output)]
            option("--cutoff", request.cutoff.map(Self.number))
            option("--rate", request.rate.map(String.init))
            option("--strength", request.strength.map(Self.number))
            if request.holes == true { words.append("--holes") }
        case let request as Restyle:
            words += ["restyle", Self.file(input ?? ""), "-o", Self.file(output)] + Self.regions(request.regions)
            option("--prompt", request.condition.prompt)
            option("--strength", request.strength == Restyle.defaultStrength ? nil : Self.number(request.strength))
            option("--feather", request.feather.map(Self.feather))
            option("--keep", request.keep == .dynamics ? nil : request.keep.rawValue)
            option("--method", request.method?.rawValue)
            option("--source-prompt", request.sourcePrompt)
        case let request as Extend:
            words += ["extend", Self.file(input ?? ""), "-o", Self.file(output)]
            option("--before", request.before == 0 && request.after > 0 ? nil : Self.number(request.before))
            option("--after", request.after == 0 ? nil : Self.number(request.after))
            option("--fade", request.fade == 0 ? nil : Self.number(request.fade))
            option("--prompt", request.condition.prompt)
            option("--strength", request.strength.map(Self.number))
        case let request as Loop:
            words += ["loop", Self.file(input ?? ""), "-o", Self.file(output)]
            option("--length", request.length.map(Self.number))
            option("--seam", request.seam.map(Self.number))
            option("--prompt", request.condition.prompt)
            option("--strength", request.strength.map(Self.number))
        case let request as Generate:
            words += ["generate"] + (Self.prompt(of: request, hasDash: false) ?? []) + ["-o", Self.file(output)]
            option("--duration", Self.number(request.duration))
            option("--takes", request.takes == Generate.defaultTakes ? nil : "\(request.takes)")
        default: return nil
        }
        settings(of: request)
        words += model
        if let prompt = Self.prompt(of: request, hasDash: true) { words += ["--"] + prompt }
    }

    /// The prompt that `generate` takes without an option, at the end where a dash would make it one.
    private static func prompt(of request: any EditRequest, hasDash: Bool) -> [String]? {
        guard request is Generate, let prompt = request.condition.prompt, prompt.hasPrefix("-") == hasDash else {
            return nil
        }
        return [prompt]
    }

    /// The words as a shell takes them.
    var line: String { words.map(Self.quoted).joined(separator: " ") }

    private mutating func option(_ name: String, _ value: String?) {
        if let value { words.append(value.hasPrefix("-") ? "\(name)=\(value)" : name) }
        if let value, !value.hasPrefix("-") { words.append(value) }
    }

    private mutating func settings<Request: EditRequest>(of request: Request) {
        let (settings, defaults) = (request.settings, Request.defaults)
        option("--negative-prompt", request.condition.negativePrompt)
        for sound in request.condition.like?.sounds ?? [] { option("--like", sound.name) }
        if let like = request.condition.like, request.condition.prompt != nil, like.weight != Likeness.defaultWeight {
            option("--like-weight", Self.number(like.weight))
        }
        if !request.condition.usesMemory { words.append("--no-memory") }
        option("--seed", settings.seed == 0 ? nil : "\(settings.seed)")
        option("--steps", settings.steps == defaults.steps ? nil : "\(settings.steps)")
        let guidance = defaults.guidance(for: request.condition)
        option("--guidance", settings.guidance == guidance ? nil : Self.number(settings.guidance))
        option(
            "--guidance-interval",
            settings.guidanceInterval == defaults.guidanceInterval ? nil : settings.guidanceInterval.map(Self.interval))
        option("--sampler", settings.sampler == defaults.sampler ? nil : settings.sampler.rawValue)
        option("--eta", settings.eta == 0 ? nil : Self.number(settings.eta))
        option("--passes", settings.passes == 1 ? nil : "\(settings.passes)")
        option("--encoding", settings.encoding?.rawValue)
    }

    private static func regions(_ regions: [Region]) -> [String] {
        regions.flatMap { region in
            let high = region.band.map { $0.high < .infinity ? exact($0.high) : "" }
            let band = region.band.map { "@\(exact($0.low))-\(high ?? "")" } ?? ""
            return ["--region", "\(exact(region.start))-\(exact(region.end))\(band)"]
        }
    }

    private static func feather(_ feather: Feather) -> String {
        exact(feather.seconds) + (feather.octaves > 0 ? ",\(exact(feather.octaves))" : "")
    }

    /// A file whose name begins with a dash is no option.
    private static func file(_ name: String) -> String { name.hasPrefix("-") ? "./\(name)" : name }

    /// All digits that are needed to read the same number again, without an exponent.
    private static func exact(_ value: Double) -> String {
        let text = "\(value)"
        if text.contains("e") { return String(format: "%.12f", value) }
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func number(_ value: Double) -> String { exact(value) }

    /// As `--guidance-interval` takes it.
    static func interval(_ ratios: ClosedRange<Double>) -> String {
        "\(number(ratios.lowerBound))-\(number(ratios.upperBound))"
    }

    static func quoted(_ word: String) -> String {
        let isPlain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=+:,%@".contains($0)) }
        return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: "'\\''"))'"
    }
}

extension ModelOption {
    /// The options as they were given.
    var words: [String] {
        (model.map { ["--model", $0] } ?? []) + (heads == .config ? [] : ["--heads", heads.rawValue])
            + (wantedPrecision == .auto ? [] : ["--precision", wantedPrecision.rawValue])
    }
}
