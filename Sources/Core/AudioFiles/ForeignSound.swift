internal import CFiles
internal import Foundation

/// Sound in files that libsndfile does not read: M4A, AAC, WMA, film and others. The program `ffmpeg`, where it is
/// installed, decodes them into a temporary file that has no name and so is gone with its last user, whatever happens.
enum ForeignSound {
    struct Kind: Sendable {
        /// The user's word for the file.
        let name: String
        /// How ffmpeg calls the format. Nothing else is tried: some of its formats fetch other files.
        let demuxer: String
    }

    static let ogg = Kind(name: "an Ogg file of another encoding than Vorbis and Opus", demuxer: "ogg")

    /// What a file's first bytes say; nil for what is none of these.
    static func kind(of head: [UInt8]) -> Kind? {
        func has(_ text: String, at place: Int = 0) -> Bool { head.dropFirst(place).starts(with: text.utf8) }
        func has(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
        if has("ftyp", at: 4) {
            let isSound = has("M4A", at: 8) || has("M4B", at: 8)
            return Kind(name: isSound ? "an M4A file" : "an MP4 or QuickTime file", demuxer: "mov")
        }
        if has("moov", at: 4) || has("wide", at: 4) || has("mdat", at: 4) {
            return Kind(name: "a QuickTime file", demuxer: "mov")
        }
        if has([0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11]) {
            return Kind(name: "a WMA or WMV file", demuxer: "asf")
        }
        if has([0x1A, 0x45, 0xDF, 0xA3]) { return Kind(name: "a Matroska or WebM file", demuxer: "matroska") }
        if head.count > 1, head[0] == 0xFF, head[1] & 0xF6 == 0xF0 { return Kind(name: "an AAC file", demuxer: "aac") }
        if has("RIFF"), has("AVI ", at: 8) { return Kind(name: "an AVI file", demuxer: "avi") }
        if has("#!AMR") { return Kind(name: "an AMR file", demuxer: "amr") }
        if has("MAC ") { return Kind(name: "a Monkey's Audio file", demuxer: "ape") }
        if has("wvpk") { return Kind(name: "a WavPack file", demuxer: "wv") }
        if has("TTA1") { return Kind(name: "a TTA file", demuxer: "tta") }
        if has("MPCK") { return Kind(name: "a Musepack file", demuxer: "mpc8") }
        if has("MP+") { return Kind(name: "a Musepack file", demuxer: "mpc") }
        if has("FLV") { return Kind(name: "a Flash film", demuxer: "flv") }
        if has(".RMF") { return Kind(name: "a RealMedia file", demuxer: "rm") }
        if has([0x0B, 0x77]) { return Kind(name: "an AC-3 file", demuxer: "ac3") }
        if has([0x7F, 0xFE, 0x80, 0x01]) { return Kind(name: "a DTS file", demuxer: "dts") }
        if has([0, 0, 1, 0xBA]) { return Kind(name: "an MPEG film", demuxer: "mpeg") }
        if has("DSD ") { return Kind(name: "a DSF file", demuxer: "dsf") }
        return nil
    }

    /// What a file that is no sound looks like; nil where that says nothing.
    static func words(about head: [UInt8]) -> String? {
        let text = head.latin1.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") { return "it is a web page" }
        if head.starts(with: [0x50, 0x4B, 3, 4]) { return "it is a ZIP archive; unpack it first" }
        if head.allSatisfy({ $0 == 0 }) { return "it holds nothing but zeros" }
        if head.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || [9, 10, 13].contains($0) }) { return "it is a text" }
        return nil
    }

    private struct Facts: Decodable {
        struct Stream: Decodable {
            let codecName: String?
            let sampleFmt: String?
            let bitsPerRawSample: String?

            let duration: String?
            let tags: [String: String]?
        }
        struct Format: Decodable {
            let duration: String?
            let tags: [String: String]?
        }
        let streams: [Stream]
        let format: Format?
    }

    /// - Throws: `joined`, `needsFFmpeg`, `ffmpegFailed`, `empty`.
    static func convert(_ file: FileBytes, _ kind: Kind) throws(AudioError) -> SoundContents {
        if let other = kind.nextFile(in: file) { throw .joined(file: file.name, byte: other) }
        guard let ffmpeg = program("ffmpeg"), let ffprobe = program("ffprobe") else {
            throw .needsFFmpeg(file: file.name, kind: kind.name)
        }
        // The helpers find the open file under this name, whatever its own is.
        let input = ["-protocol_whitelist", "file", "-f", kind.demuxer, "-i", "/proc/self/fd/3"]
        let asked = try run(
            ffprobe,
            ["-v", "error", "-select_streams", "a:0", "-show_streams", "-show_format", "-of", "json"] + input, file)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let facts = try? decoder.decode(Facts.self, from: Data(asked)) else {
            throw .ffmpegFailed(file: file.name, reason: "it did not say what the file holds")
        }
        guard let stream = facts.streams.first else { throw .empty(file: file.name) }
        let bits = bits(of: stream)
        let sound = try scratch(file)
        _ = try run(
            ffmpeg,
            ["-nostdin", "-hide_banner", "-v", "error", "-xerror", "-y"] + input
                + ["-map", "0:a:0", "-map_metadata", "-1", "-bitexact", "-rf64", "auto"]
                + ["-c:a", bits.map { "pcm_s\($0)le" } ?? "pcm_f32le", "-f", "wav", "/proc/self/fd/4"],
            file, sound)
        let result = try FileBytes(descriptor: sound, name: file.name)
        var contents = try SoundContents.find(in: result, salvage: false)
        contents.samples = nil
        contents.format.container = .foreign
        contents.metadata = Metadata()
        let words = (facts.format?.tags ?? [:]).merging(stream.tags ?? [:]) { first, _ in first }
        let technical: Set<String> = [
            "major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id", "creation_time",
            "language",
            "duration", "encoder",
        ]
        for (name, text) in words.sorted(by: { $0.key < $1.key }) where !technical.contains(name.lowercased()) {
            contents.metadata.add(Self.names[name.lowercased()] ?? name.uppercased(), text)
        }
        contents.metadata.special = ["pictures and whatever else only \(kind.name) can hold"]
        let codec = stream.codecName ?? "sound"
        contents.notes.append("\(file.name) is \(kind.name) (\(codec)); ffmpeg decoded it.")
        try check(contents, Double(stream.duration ?? facts.format?.duration ?? "") ?? 0, file.name)
        return contents
    }

    private static let names = ["track": "TRACKNUMBER", "disc": "DISCNUMBER", "album_artist": "ALBUMARTIST"]

    /// The depth of lossless integers; nil for what becomes floating point.
    private static func bits(of stream: Facts.Stream) -> Int? {
        let lossless: Set<String> = [
            "alac", "flac", "ape", "wavpack", "tta", "truehd", "mlp", "wmalossless", "shorten",
        ]
        guard let codec = stream.codecName, lossless.contains(codec) || codec.hasPrefix("pcm_") else { return nil }
        guard let kind = stream.sampleFmt, kind.hasPrefix("s") else { return nil }
        let raw = Int(stream.bitsPerRawSample ?? "") ?? 0
        return kind.hasPrefix("s16") ? 16 : raw > 0 && raw <= 24 ? 24 : 32
    }

    /// A film's sound may end before its picture; a sound that ends in the middle is cut short.
    private static func check(_ contents: SoundContents, _ promised: Double, _ name: String) throws(AudioError) {
        let found = Double(contents.parts.reduce(0) { $0 + $1.frames }) / Double(contents.format.rate)
        if promised - found > max(1, 0.01 * promised) {
            throw .truncated(file: name, promisedSeconds: promised, foundSeconds: found)
        }
    }

    /// The path of a program that is installed.
    private static func program(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
            .map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
    }

    /// A file without a name.
    private static func scratch(_ file: FileBytes) throws(AudioError) -> Int32 {
        let descriptor = TemporaryFiles.openNameless()
        guard descriptor >= 0 else { throw .ffmpegFailed(file: file.name, reason: FileStatus.words(errno)) }
        return descriptor
    }

    /// Runs a helper that finds the file as descriptor 3, and a file to write as 4, and gives what it prints.
    private static func run(
        _ program: String, _ arguments: [String], _ file: FileBytes, _ output: Int32 = -1
    ) throws(AudioError) -> [UInt8] {
        let (printed, said) = (try scratch(file), try scratch(file))
        defer {
            close(printed)
            close(said)
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        // Copies beyond all that is open first: a number that is still needed must not be overwritten.
        let sources = [
            (printed, STDOUT_FILENO), (said, STDERR_FILENO), (file.descriptor, Int32(3)), (output, Int32(4)),
        ]
        var copies: [Int32] = []
        defer { copies.forEach { close($0) } }
        for (source, target) in sources where source >= 0 {
            let copy = fcntl(source, F_DUPFD_CLOEXEC, 10)
            guard copy >= 0 else { throw .ffmpegFailed(file: file.name, reason: FileStatus.words(errno)) }
            copies.append(copy)
            unsafe posix_spawn_file_actions_adddup2(&actions, copy, target)
        }
        unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var process: pid_t = 0
        let failure = unsafe posix_spawn(&process, program, &actions, nil, &words, environ)
        guard failure == 0 else { throw .ffmpegFailed(file: file.name, reason: FileStatus.words(failure)) }
        retouch_helper_add(process)
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
        retouch_helper_forget(process)
        func contents(_ descriptor: Int32) -> [UInt8] {
            let size = Int(lseek(descriptor, 0, SEEK_END))
            return unsafe [UInt8](unsafeUninitializedCapacity: min(size, 1 << 24)) { buffer, count in
                unsafe count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
            }
        }
        let complaint = TagText.read(contents(said)).split(whereSeparator: \.isNewline).first.map(String.init)
        guard status == 0 else {
            // "[wav @ 0x55d0c8]" says nothing to a user.
            let reason = (complaint ?? "it failed").replacing(#/^\[.*?\] /#, with: "")
            throw .ffmpegFailed(file: file.name, reason: reason.replacing("/proc/self/fd/3", with: file.name))
        }
        return contents(printed)
    }
}
