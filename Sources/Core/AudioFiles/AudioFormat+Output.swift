public import Foundation

extension AudioFormat {
    /// The format of a new file: the container that its extension names, the encoding asked for, else the source's where
    /// the container can hold it, else the smallest that holds the source's samples exactly.
    /// - Parameters:
    ///   - url: the file to write; its extension chooses the container.
    ///   - source: what the sound comes from; nil for sound made from nothing (16-bit PCM then).
    ///   - encoding: the encoding that is asked for; nil for none.
    ///   - rate: frames per second.
    ///   - channels: the number of channels.
    ///   - isComputed: whether every sample is made anew, so that one of 8 bits, or of a law or difference code, would not
    ///     hold what was kept of the source: unless an encoding is asked for, it has 16 bits or more then.
    /// - Throws: `unknownExtension`, `unsupportedEncoding`, `unsupportedRateOrChannels`.
    public static func output(
        for url: URL, source: AudioFormat?, encoding: AudioEncoding? = nil, rate: Int, channels: Int,
        isComputed: Bool = false
    ) throws(AudioError) -> AudioFormat {
        let name = url.relativePath
        let (container, implied) = try AudioContainer.named(by: url, source: source?.container)
        func format(_ encoding: AudioEncoding) -> AudioFormat {
            AudioFormat(container: container, encoding: encoding, rate: rate, channels: channels)
        }
        let holds = AudioEncoding.written.filter {
            AudioFormat(container: container, encoding: $0, rate: 48_000, channels: 1).isWritable
                // libsndfile would put MP3 into WAV; here plain containers hold samples of fixed bytes.
                && (!PlainContainer.all.contains(container) || $0.bytesPerSample != nil)
        }
        let wanted = encoding ?? (implied == nil ? source?.encoding ?? .pcm16 : nil)
        var chosen: AudioEncoding?
        if let wanted {
            // 8-bit PCM is signed or not as the container has it.
            let alternatives = wanted == .pcmU8 || wanted == .pcmS8 ? [wanted, .pcmU8, .pcmS8] : [wanted]
            chosen = alternatives.first { holds.contains($0) }
            if encoding != nil && chosen == nil {
                throw .unsupportedEncoding(
                    file: name, container: "\(container)", encoding: "\(wanted)",
                    holds: holds.map(\.description).reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
            }
        } else if let source, source.container == container, source.encoding == .opus, implied == .vorbis {
            // An .ogg file may hold Opus as well; an .opus file holds nothing else.
            chosen = .opus
        } else {
            chosen = implied
        }
        // Without a wish, a lossy encoding is not kept in a container of lossless ones: decoding and encoding again
        // would change what was not edited.
        if encoding == nil, let kept = chosen, implied == nil, !kept.holdsExactly(kept) { chosen = nil }
        if chosen == nil, let source {
            chosen = holds.first { $0.isLossless && $0.holdsExactly(source.encoding) } ?? holds.last { $0.isLossless }
        }
        if encoding == nil, isComputed, let narrow = chosen, Self.isNarrow(narrow) { chosen = .pcm16 }
        guard let chosen else { throw .unknownExtension(file: name, known: AudioContainer.extensions.map(\.name)) }
        let result = format(chosen)
        guard result.isWritable, result.isRateSupported else {
            let instead = [(".wav", AudioContainer.wav), (".flac", .flac)].filter { _, container in
                let other = AudioFormat(container: container, encoding: .pcm16, rate: rate, channels: channels)
                return other.isWritable && other.isRateSupported
            }
            throw .unsupportedRateOrChannels(
                file: name, format: "\(container == .flac ? "FLAC" : "\(chosen)")", rate: rate, channels: channels,
                instead: instead.map(\.0))
        }
        return result
    }

    /// Whether samples of 16 bits lose more than rounding in this encoding.
    private static func isNarrow(_ encoding: AudioEncoding) -> Bool {
        [.pcmU8, .pcmS8, .aLaw, .muLaw].contains(encoding)
    }

    /// Opus and MP3 know a few rates only, FLAC above 65535 Hz only round ones, Vorbis none above 200000 Hz; libsndfile finds
    /// that out too late.
    private var isRateSupported: Bool {
        switch encoding {
        case .opus: [8000, 12_000, 16_000, 24_000, 48_000].contains(rate)
        case .vorbis: channels <= 255 && rate <= 200_000
        case .mp3: [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000].contains(rate)
        default: container != .flac || rate <= 65_535 || rate <= 655_350 && rate % 10 == 0
        }
    }
}

extension AudioContainer {
    /// The container that a file's extension names, with the encoding that it implies.
    fileprivate static func named(
        by url: URL, source: AudioContainer?
    ) throws(AudioError) -> (AudioContainer, AudioEncoding?) {
        let suffix = url.pathExtension.lowercased()
        guard let found = extensions.first(where: { $0.name == suffix }) else {
            throw .unknownExtension(file: url.relativePath, known: extensions.map(\.name))
        }
        // RF64 goes by .wav as well.
        if found.container == .wav && source == .rf64 { return (.rf64, nil) }
        return (found.container, found.encoding)
    }
}

extension AudioEncoding {
    /// What may be written, the smaller before the larger. Not ALAC: libsndfile 1.2.0 loses samples of more than 16 bits.
    fileprivate static let written: [AudioEncoding] = [
        .pcmU8, .pcmS8, .aLaw, .muLaw, .pcm16, .pcm24, .pcm32, .float32, .float64,
        .vorbis, .opus, .mp3,
    ]
}
