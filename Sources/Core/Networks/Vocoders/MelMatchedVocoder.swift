/// A vocoder whose sound is brought to the log-mel that it was made from: all of it, or what is made of templates.
struct MelMatchedVocoder: Vocoder {
    let base: any Vocoder
    let matching: MelMatching
    /// Whether what the base makes by itself is brought to the log-mel too.
    let matchesAll: Bool

    var samplingRate: Int { base.samplingRate }
    var melBins: Int { base.melBins }
    var hopSize: Int { base.hopSize }
    var contextFrames: Int { matchesAll ? templateContextFrames : base.contextFrames }
    var templateContextFrames: Int { base.contextFrames + matching.contextFrames }

    func limited(matchingRounds rounds: Int) -> any Vocoder {
        guard rounds < matching.rounds else { return self }
        return MelMatchedVocoder(base: base, matching: matching.limited(to: rounds), matchesAll: matchesAll)
    }

    func callAsFunction(_ mel: Tensor, from first: Int) -> Tensor { self(mel, from: first, templates: []) }

    func callAsFunction(_ mel: Tensor, from first: Int, templates: [SampleTemplate]) -> Tensor {
        if templates.isEmpty && !matchesAll { return base(mel, from: first) }
        let (frames, count) = (mel.shape[1], mel.shape[1] * hopSize)
        let origin = first * hopSize
        var shares = [Float](repeating: 0, count: count)
        var laid = [Float](repeating: 0, count: count)
        for template in templates { template.lay(over: &laid, shares: &shares, from: origin) }
        let own = own(where: shares)
        let matched = (0..<mel.shape[0]).flatMap { item in
            let mel = mel.sliced(axis: 0, item..<item + 1)
            var made = [Float](repeating: 0, count: count)
            for part in own {
                // What of its surroundings the base hears.
                let heard =
                    max(0, part.lowerBound - base.contextFrames)..<min(frames, part.upperBound + base.contextFrames)
                let samples = base(mel.sliced(axis: 1, heard), from: first + heard.lowerBound).elements
                let start = part.lowerBound * hopSize
                let skipped = start - heard.lowerBound * hopSize
                for index in 0..<part.count * hopSize { made[start + index] = samples[skipped + index] }
            }
            func mixed(with other: [Float]) -> [Float] {
                made.indices.map { made[$0] + shares[$0] * (other[$0] - made[$0]) }
            }
            let wanted = levels(mel.elements, from: first, templates)
            let matched = matching(mixed(with: laid), to: Tensor(wanted, shape: [frames, melBins]))
            return matchesAll ? matched : mixed(with: matched)
        }
        return Tensor(matched, shape: [mel.shape[0], count])
    }

    /// The log-mel [T, bands] without the bands in which a template stays as it is.
    private func levels(_ mel: [Float], from first: Int, _ templates: [SampleTemplate]) -> [Float] {
        var result = mel
        for template in templates where template.levelledBands < melBins {
            let start = (template.start + hopSize - 1) / hopSize - first
            let end = (template.start + template.samples.count) / hopSize - first
            for frame in max(0, start)..<max(0, start, min(end, mel.count / melBins)) {
                for band in template.levelledBands..<melBins { result[frame * melBins + band] = -.infinity }
            }
        }
        return result
    }

    /// The frames in which the base makes something, in parts between which it would hear nothing in common.
    private func own(where shares: [Float]) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        for frame in 0..<shares.count / hopSize
        where shares[frame * hopSize..<(frame + 1) * hopSize].contains(where: { $0 < 1 }) {
            if let last = parts.last, frame - last.upperBound <= 2 * base.contextFrames {
                parts[parts.count - 1] = last.lowerBound..<frame + 1
            } else {
                parts.append(frame..<frame + 1)
            }
        }
        return parts
    }
}

extension SampleTemplate {
    /// Puts the template in its place among samples of which the first is sample `origin` of the sound, and how much of each is its own.
    fileprivate func lay(over laid: inout [Float], shares: inout [Float], from origin: Int) {
        let end = start + samples.count
        let fade = Float(min(Self.fade, max(1, samples.count / 4)))
        for place in (start..<end).clamped(to: origin..<origin + laid.count) {
            laid[place - origin] = samples[place - start]
            shares[place - origin] = min(1, (Float(min(place - start, end - 1 - place)) + 0.5) / fade)
        }
    }
}
