internal import CSndfile
internal import Foundation

/// What a sound file holds: its streams, how long they are, and what stands beside them.
struct SoundContents: Sendable {
    var format: AudioFormat
    var parts: [SoundPart]
    /// Where the samples lie, in files of plain chunks.
    var samples: SampleLayout?
    var layout: ChannelLayout?
    var metadata = Metadata()
    /// What the user should know about the file, one sentence each.
    var notes: [String] = []

    /// - Parameter salvage: whether what is there of a damaged file is taken.
    /// - Throws: `unreadable`, `changed`, `notSound`, `empty`, `truncated`, `cutShort`, `joined`, `inPieces`, `partsDiffer`, `unusualSamples`, `needsFFmpeg`, `ffmpegFailed`.
    static func find(in file: FileBytes, salvage: Bool) throws(AudioError) -> SoundContents {
        let contents: SoundContents
        do throws(AudioError) { contents = try read(file, salvage: salvage) } catch {
            // What a failing disk, or somebody else, did to the file is not the file's fault.
            try file.check()
            throw error
        }
        // Nor is what could not be read not there.
        try file.check()
        return contents
    }

    private static func read(_ file: FileBytes, salvage: Bool) throws(AudioError) -> SoundContents {
        if file.size == 0 { throw .empty(file: file.name) }
        let reading = SoundReading(file: file, salvage: salvage)
        if let chunked = ChunkedFile(file) { return try reading.chunked(chunked) }
        let head = file.read(64, at: 0)
        if head.starts(with: "OggS".utf8) { return try reading.ogg() }
        let tag = ID3Tag.length(head)
        if file.read(4, at: tag).elementsEqual("fLaC".utf8) {
            return try reading.flac(from: tag).saying(tagsOf: file, [0..<tag])
        }
        if tag > 0, tag < file.size, ChunkedFile.beginnings.contains(file.read(4, at: tag).latin1) {
            return try read(FileBytes(file, from: tag), salvage: salvage).saying(tagsOf: file, [0..<tag])
        }
        if let kind = ForeignSound.kind(of: head) { return try ForeignSound.convert(file, kind) }
        if let found = try reading.mpeg(hasTag: tag > 0) { return found }
        return try reading.other()
    }
}

/// The reading of one file.
struct SoundReading {
    let file: FileBytes
    let salvage: Bool

    /// The name in messages.
    private var name: String { file.name }

    private func open(_ source: VirtualFile) throws(AudioError) -> SoundHandle {
        do throws(OpenFailure) {
            let handle = try SoundHandle(reading: source)
            guard handle.info.samplerate > 0, handle.info.channels > 0 else {
                throw OpenFailure(reason: "it has no rate or no channels")
            }
            return handle
        } catch {
            if let failure = file.failure { throw .unreadable(file: name, reason: failure) }
            // libsndfile's words about these are meant for its own makers.
            let words = [
                "SF_INFO struct": "its header names no rate that a sound can have",
                "internal error": "its samples are of a kind that is not known",
            ]
            let reason = words.first { error.reason.contains($0.key) }?.value ?? error.reason
            throw .notSound(file: name, found: ForeignSound.words(about: file.read(512, at: 0)) ?? reason)
        }
    }

    /// A stream that libsndfile decodes, with as many frames as it really has where the header may be wrong about them.
    /// - Parameter block: so many frames may be missing of what the header promises.
    private func part(
        _ source: VirtualFile, _ handle: SoundHandle, _ encoding: AudioEncoding, block: Int, _ notes: inout [String]
    ) throws(AudioError) -> SoundPart {
        let isExact = encoding.seeksExactly
        func part(_ frames: Int) -> SoundPart {
            SoundPart(source: source, decoder: .libsndfile, frames: frames, lastSeek: isExact ? Int.max : 0)
        }
        let promised = handle.info.frames == Int64.max ? nil : handle.frames
        if let promised, encoding.bytesPerSample != nil { return part(promised) }
        if let promised, isExact, try reaches(promised, source) { return part(promised) }
        let (count, isClean) = try count(source)
        if let promised {
            try check(found: count, promised: promised, block: block, &notes)
        } else if !isClean, !salvage {
            // Without a length in the header a decoder's complaint is all that tells an end from a loss.
            throw .cutShort(file: name)
        }
        return part(count)
    }

    /// Whether the last frame that is promised can be decoded. Tried with a decoder of its own, as a seek may leave traces
    /// in a lossy one.
    private func reaches(_ frames: Int, _ source: VirtualFile) throws(AudioError) -> Bool {
        let trial = try open(source)
        var samples: [Float] = []
        return frames > 0 && trial.seek(to: frames - 1) && trial.read(1, into: &samples) == 1
    }

    /// The frames that decoding gives, and whether it ended without a complaint.
    private func count(_ source: VirtualFile) throws(AudioError) -> (frames: Int, isClean: Bool) {
        let counter = try open(source)
        var (samples, count) = ([Float](), 0)
        while case let found = counter.read(AudioFile.blockFrames, into: &samples), found > 0 { count += found }
        if let failure = file.failure { throw .unreadable(file: name, reason: failure) }
        return (count, counter.failure == nil)
    }

    private func check(found: Int, promised: Int, block: Int, _ notes: inout [String]) throws(AudioError) {
        guard found < promised else { return }
        if promised - found > block, !salvage { throw .cutShort(file: name) }
        note(promised - found, &notes)
    }

    private func note(_ missing: Int, _ notes: inout [String], unit: String = "samples") {
        let unit = missing == 1 ? String(unit.dropLast()) : unit
        notes.append("The header of \(name) promises \(missing) \(unit) more than there are; what is there was read.")
    }

    /// Any other file, as libsndfile has it.
    func other() throws(AudioError) -> SoundContents {
        let whole = VirtualFile(file, 0..<file.size)
        let header = RareHeader(file)
        if let odd = header?.oddBlock { throw .inPieces(file: name, byte: odd) }
        let source = header?.source(file) ?? whole
        let handle: SoundHandle
        do throws(AudioError) { handle = try open(source) } catch {
            // HTK's format has no name: a file of it is known by its length alone.
            if let header, header.end > file.size { throw .cutShort(file: name) }
            throw error
        }
        if header == nil, let other = SoundBeginning.first(in: file, min(16, file.size)..<file.size) {
            throw .joined(file: name, byte: other)
        }
        var contents = SoundContents(format: AudioFormat(handle.info), parts: [])
        let block = 1 << 12
        if let header {
            if header.isInBlocks { contents.format.container = AudioFormat(try open(whole).info).container }
            let missing = header.samples.upperBound - file.size
            if missing > 0 {
                guard missing <= min(block, header.samples.count / 100) || salvage else { throw .cutShort(file: name) }
                note(missing, &contents.notes, unit: "bytes")
            }
            if header.end < file.size {
                let isAnother = file.read(8, at: header.end) == file.read(8, at: 0)
                if isAnother || SoundBeginning.stands(in: file, at: header.end) {
                    throw .joined(file: name, byte: header.end)
                }
                contents.noteForeign(file.size - header.end, name)
            }
        }
        contents.parts = [try part(source, handle, contents.format.encoding, block: block, &contents.notes)]
        contents.metadata = Metadata(AudioTag.read(from: handle))
        return contents
    }

    // MARK: WAV, RF64, W64, AIFF, AU, CAF

    func chunked(_ chunked: ChunkedFile) throws(AudioError) -> SoundContents {
        var chunked = chunked
        if ChunkedFile.beginnings.contains(file.read(4, at: chunked.end).latin1) {
            throw .joined(file: name, byte: chunked.end)
        }
        for end in [chunked.unfilledEnd, chunked.end] where SoundBeginning.stands(in: file, at: end) {
            throw .joined(file: name, byte: end)
        }
        // Where the header names no end, another one's would be samples.
        if chunked.samples.isOpen,
            let other = SoundBeginning.first(
                in: file, min(chunked.samples.offset, file.size)..<file.size, SoundBeginning.ownNames(file))
        {
            throw .joined(file: name, byte: other)
        }
        if let second = chunked.secondSamples { throw .inPieces(file: name, byte: second) }

        if let uncounted = chunked.uncounted(file) {
            guard salvage else { throw .uncounted(file: name, bytes: uncounted) }
            chunked.countAll(file)
        }
        let samples = chunked.samples

        if let packets = chunked.mpegPackets(file) {
            let (streams, _, isCut) = MP3Stream.all(in: file, packets)
            if !streams.isEmpty {
                var contents = try mpeg(streams, isCut: isCut, container: chunked.container)
                contents.metadata = Metadata(chunked, file, rate: contents.format.rate)
                return contents
            }
        }
        let missing = max(samples.promisedBytes, chunked.framedBytes(file) ?? 0) - samples.foundBytes
        let source = chunked.source(file)
        let handle: SoundHandle
        do throws(AudioError) { handle = try open(source) } catch {
            if missing > 0 { throw .cutShort(file: name) }
            switch chunked.encoding(file) {
            case .plain: throw error
            case .unusual(let found): throw .unusualSamples(file: name, found: found)
            case .coded(let kind): return try ForeignSound.convert(file, kind)
            }
        }
        var format = AudioFormat(handle.info)
        format.container = chunked.container
        var contents = SoundContents(
            format: format, parts: [], samples: samples, metadata: Metadata(chunked, file, rate: format.rate))
        contents.layout = chunked.channelLayout(file, channels: format.channels)
        if missing > 0 {
            // A block of the disk, or of the encoding, and never more than a hundredth of the sound.
            let block = format.encoding.bytesPerSample == nil ? chunked.blockBytes(file) ?? 4096 : 4096
            let isLittle = missing <= min(block, (samples.foundBytes + missing) / 100)
            guard isLittle || salvage else {
                guard let bytes = format.bytesPerSecond else { throw .cutShort(file: name) }
                throw .truncated(
                    file: name, promisedSeconds: Double(samples.foundBytes + missing) / bytes,
                    foundSeconds: Double(samples.foundBytes) / bytes)
            }
            if let width = format.encoding.bytesPerSample.map({ $0 * format.channels }) {
                note((missing + width - 1) / width, &contents.notes)
            } else {
                note(missing, &contents.notes, unit: "bytes")
            }
        }
        if samples.isUnfinished {
            contents.notes.append("The header of \(name) was never finished; the sound was read up to the file's end.")
        }
        let counted = try part(
            source, handle, format.encoding, block: chunked.blockFrames(format, file), &contents.notes)
        contents.parts = [counted]
        if counted.frames == 0 { throw missing > 0 ? .cutShort(file: name) : .empty(file: name) }
        return contents
    }

    // MARK: Ogg

    func ogg() throws(AudioError) -> SoundContents {
        let (links, lost, foreign) = OggLink.all(in: file)
        for range in foreign {
            let isThere = SoundBeginning.stands(in: file, at: range.lowerBound, before: range.upperBound)
            if let other = isThere ? range.lowerBound : SoundBeginning.first(in: file, range) {
                throw .joined(file: name, byte: other)
            }
        }
        guard let first = links.first, !links.contains(where: { $0.codec == .other }) else {
            // Of several ffmpeg would decode the first.
            if links.count > 1 { throw .joined(file: name, byte: links[1].start) }
            return try ForeignSound.convert(file, ForeignSound.ogg)
        }
        // A page that is not whole, or a last page that is not there.
        if !salvage, lost > 0 || links.contains(where: { !$0.isComplete }) { throw .cutShort(file: name) }
        var contents: SoundContents?
        for link in links {
            let handle = try open(link.pages)
            let format = AudioFormat(handle.info)
            var result =
                contents ?? SoundContents(format: format, parts: [], metadata: Metadata(link, rate: format.rate))
            guard format == result.format else { throw .partsDiffer(file: name) }
            var part = try part(link.pages, handle, format.encoding, block: 8192, &result.notes)
            // libsndfile misses a frame on a Vorbis stream's last page by some samples: one is sought a block before it.
            if link.codec == .vorbis { part.lastSeek = max(0, part.frames - link.lastPageFrames - 8192) }
            result.parts.append(part)
            contents = result
        }
        guard var contents else { throw .empty(file: name) }
        contents.layout = first.hasNoPlaces ? nil : .vorbis(contents.format.channels)
        if !foreign.isEmpty { contents.noteForeign(foreign.reduce(0) { $0 + $1.count }, name) }
        contents.noteParts(name)
        return contents
    }

    // MARK: FLAC

    func flac(from start: Int) throws(AudioError) -> SoundContents {
        let streams = FLACStream.all(in: file, from: start)
        guard let first = streams.first else { throw .notSound(file: name, found: "its head is damaged") }
        var contents: SoundContents?
        for stream in streams {
            let format = AudioFormat(try open(VirtualFile(file, stream.range)).info)
            var result = contents ?? SoundContents(format: format, parts: [], metadata: Metadata(first))
            guard format == result.format else { throw .partsDiffer(file: name) }
            result.parts.append(try part(stream, &result.notes))
            contents = result
        }
        guard var contents else { throw .empty(file: name) }
        contents.layout =
            Metadata.mask(of: first).flatMap { ChannelLayout(mask: $0, channels: contents.format.channels) }
            ?? .usual(contents.format.channels)
        contents.noteParts(name)
        return contents
    }

    /// What the last frame says is held against the header; where they differ, decoding tells.
    private func part(_ stream: FLACStream, _ notes: inout [String]) throws(AudioError) -> SoundPart {
        func part(_ source: VirtualFile, _ frames: Int) -> SoundPart {
            SoundPart(source: source, decoder: .libsndfile, frames: frames)
        }
        let (promised, last) = (stream.promisedFrames, stream.lastFrame(in: file))
        let whole = VirtualFile(file, stream.range)
        let upper = stream.range.upperBound - (hasLastTag(stream.range) ? 128 : 0)
        let isLast = promised > 0 && last?.end == promised
        let end = isLast ? last.flatMap { self.end(of: $0, in: stream, before: upper) } : nil
        if end != upper {
            if let other = SoundBeginning.first(in: file, stream.firstFrame..<upper) {
                throw .joined(file: name, byte: other)
            }
            if let end {
                if SoundBeginning.stands(in: file, at: end) { throw .joined(file: name, byte: end) }
                notes.append(SoundContents.foreign(upper - end, name))
            }
        }
        if isLast, try reaches(promised, whole) { return part(whole, promised) }
        let open = stream.withoutLength(file, to: stream.range.upperBound)
        let (count, isClean) = try count(open)
        if isClean {
            try check(found: count, promised: promised, block: stream.longestBlock, &notes)
            return part(open, count)
        }
        // Up to the last frame, of which only a part is there.
        guard let last, last.byte > stream.firstFrame, promised > 0 || salvage else { throw .cutShort(file: name) }
        let cut = stream.withoutLength(file, to: last.byte)
        let frames = try self.count(cut).frames
        try check(found: frames, promised: max(promised, last.end), block: stream.longestBlock, &notes)
        return part(cut, frames)
    }

    /// Where a stream's last frame ends; nil where it is not whole. Zeros behind it leave its check sum right.
    private func end(of frame: FLACStream.Frame, in stream: FLACStream, before upper: Int) -> Int? {
        let ends = stream.ends(of: frame, in: file, before: upper)
        guard let first = ends.first, first != upper else { return ends.first }
        for end in ends {
            if let frames = try? count(stream.alone(frame.byte..<end, file)).frames, frames > 0 { return end }
        }
        return first
    }

    /// Whether ID3v1 stands at the end of a range.
    private func hasLastTag(_ range: Range<Int>) -> Bool {
        range.count > 128 && file.read(3, at: range.upperBound - 128).elementsEqual("TAG".utf8)
    }

    // MARK: MPEG audio

    /// Nil where there are no packets.
    func mpeg(hasTag: Bool) throws(AudioError) -> SoundContents? {
        let isNamed = ["mp3", "mp2", "mp1", "mpga"].contains { name.lowercased().hasSuffix("." + $0) }
        guard hasTag || isNamed || file.read(1, at: 0) == [0xFF] || file.read(8, at: 0).latin1 == "APETAGEX" else {
            return nil
        }
        let (streams, tags, isCut) = MP3Stream.all(in: file, 0..<file.size)
        // Noise looks like a packet here and there.
        guard let first = streams.first,
            first.count > 1 || streams.count == 1 && tags.reduce(0, { $0 + $1.count }) < 4096
        else { return nil }
        for range in tags where range.lowerBound > 0 {
            let start = MP3Stream.afterTags(in: file, range)
            if let other = SoundBeginning.first(in: file, start..<range.upperBound) {
                throw .joined(file: name, byte: other)
            }
        }
        var contents = try mpeg(streams, isCut: isCut, container: .mp3)
        contents.metadata = Metadata(mpegTags: tags, of: file, rate: first.rate)
        let lost = tags.filter { range in
            let isTag = ["ID3", "APE", "TAG", "LYR"].contains(file.read(3, at: range.lowerBound).latin1)
            return range.lowerBound > 0 && range.upperBound < file.size && !isTag
        }
        if !lost.isEmpty {
            let bytes = lost.reduce(0) { $0 + $1.count }
            contents.notes.append("\(bytes) bytes between the packets of \(name) are none; the sound is damaged there.")
        }
        return contents
    }

    private func mpeg(
        _ streams: [MP3Stream], isCut: Bool, container: AudioContainer
    ) throws(AudioError) -> SoundContents {
        let first = streams[0]
        var contents = SoundContents(
            format: AudioFormat(
                container: container, encoding: first.encoding, rate: first.rate, channels: first.channels),
            parts: [])
        for (index, stream) in streams.enumerated() where stream.count > 0 {
            guard stream.rate == first.rate, stream.channels == first.channels, stream.layer == first.layer else {
                throw .partsDiffer(file: name)
            }
            let missing = (stream.promised ?? 0) - stream.count
            if missing > 0 {
                guard missing == 1 || salvage else { throw .cutShort(file: name) }
                note(missing * stream.packetFrames, &contents.notes)
            } else if isCut, index == streams.count - 1, stream.promised == nil {
                contents.notes.append("The last packet of \(name) is not whole and was left out.")
            }
            do throws(OpenFailure) {
                let frames = try MP3Decoder(stream.packets).frames
                contents.parts.append(SoundPart(source: stream.packets, decoder: .mpg123, frames: frames))
            } catch {
                throw .notSound(file: name, found: error.reason)
            }
        }
        if contents.parts.isEmpty { throw .empty(file: name) }
        contents.noteParts(name)
        return contents
    }
}

extension SoundContents {
    /// With what tags of MP3 say that some programs put before, or after, a file of another kind.
    fileprivate func saying(tagsOf file: FileBytes, _ places: [Range<Int>]) -> SoundContents {
        let last = file.size - 128..<file.size
        let hasLast = format.container == .flac && file.size > 128 && file.read(3, at: last.lowerBound).latin1 == "TAG"
        let places = (places + (hasLast ? [last] : [])).filter { !$0.isEmpty }
        if places.isEmpty { return self }
        var result = self
        // It is to be in its place in a new file, so that this one's bytes cannot be taken as they are.
        result.samples = nil
        for place in places {
            result.metadata.merge(Metadata(mpegTags: [place], of: file, rate: format.rate))
            if place.lowerBound == 0, format.container != .flac {
                let id = metadata.family == .aiff ? "ID3 " : "id3 "
                if [.riff, .aiff].contains(metadata.family), !metadata.blocks.contains(where: { $0.id == id }) {
                    result.metadata.blocks.append(Metadata.Block(id: id, content: file.read(place.count, at: 0)))
                }
            }
        }
        result.notes.append("\(file.name) has a tag of MP3 where none belongs; what it says goes to where it does.")
        return result
    }

    fileprivate mutating func noteForeign(_ bytes: Int, _ name: String) { notes.append(Self.foreign(bytes, name)) }

    fileprivate static func foreign(_ bytes: Int, _ name: String) -> String {
        let (subject, verb) = bytes == 1 ? ("1 byte", "is") : ("\(bytes) bytes", "are")
        return "\(subject) after the sound in \(name) \(verb) none of it and \(bytes == 1 ? "was" : "were") left out."
    }

    fileprivate mutating func noteParts(_ name: String) {
        guard parts.count > 1 else { return }
        notes.append(
            "\(name) is \(parts.count) sounds, one after the other; they were read as one, with the first one's tags.")
    }
}

extension OggLink {
    /// Whether the channels are not meant for speakers, as Opus of the mapping families 2 and above.
    var hasNoPlaces: Bool {
        guard codec == .opus, let head = packets(1).first, head.count > 18 else { return false }
        return head[18] > 1
    }
}
