internal import Core
internal import Foundation
internal import Plotting

/// The sounds that are looked at: open files, tiles that were made, outlines that are ready.
actor SoundShelf {
    private let store: Store
    private var files: [String: AudioFile] = [:]
    private var fileOrder: [String] = []
    private var tiles: [String: Data] = [:]
    private var tileOrder: [String] = []
    private var tileBytes = 0
    private var outlines: [String: Task<Bool, Never>] = [:]
    private var ready: Set<String> = []

    private static let openFiles = 24
    private static let tileLimit = 96 << 20

    init(_ store: Store) { self.store = store }

    func file(_ version: Version) async throws -> AudioFile {
        if let file = files[version.id] { return file }
        let url = store.url(version)
        let file: AudioFile
        do {
            file = try await Offload.run { try AudioFile(url) }
        } catch {
            let words = JobQueue.words(for: error, replacing: [(url.path(percentEncoded: false), version.title)])
            throw Refusal(status: 410, message: words)
        }
        files[version.id] = file
        fileOrder.append(version.id)
        if fileOrder.count > Self.openFiles { files[fileOrder.removeFirst()] = nil }
        return file
    }

    /// Makes the outline of a sound, once; it is the long part of the work for a long sound.
    /// - Returns: whether it is there.
    @discardableResult
    func prepare(_ version: Version) async -> Bool {
        if ready.contains(version.id) { return true }
        let url = store.peaks(version.id)
        if FileManager.default.fileExists(atPath: url.path(percentEncoded: false)) {
            ready.insert(version.id)
            return true
        }
        if let task = outlines[version.id] { return await task.value }
        let task = Task {
            guard let file = try? await self.file(version) else { return false }
            return (try? await Offload.run { try PeakPyramid.make(of: file, at: url) }) != nil
        }
        outlines[version.id] = task
        let made = await task.value
        outlines[version.id] = nil
        if made { ready.insert(version.id) }
        return made
    }

    /// A piece of the outline, and whether every sample was looked at.
    func outline(_ version: Version, level: Int, index: Int) async throws -> (data: Data, isExact: Bool) {
        let key = "\(version.id)/w/\(level)/\(index)"
        if let data = tiles[key] { return (data, true) }
        let isReady = ready.contains(version.id)
        let pyramid = PeakPyramid(store.peaks(version.id), frames: version.frames, channels: version.channels)
        let file = isReady && level >= PeakPyramid.lowestLevel ? nil : try await self.file(version)
        let tile = try await Offload.run {
            try file.map { try PeakTile(of: $0, level: level, index: index) }
                ?? pyramid.tile(level: level, index: index)
        }
        var data = Data(capacity: 2 * tile.peaks.count)
        for peak in tile.peaks {
            data.append(UInt8(truncatingIfNeeded: peak))
            data.append(UInt8(truncatingIfNeeded: peak >> 8))
        }
        if tile.isExact { keep(data, key) }
        return (data, tile.isExact)
    }

    /// A piece of the spectrogram.
    func spectrogram(
        _ version: Version, level: Int, index: Int, rows: Int, axis: FrequencyAxis
    ) async throws -> Data {
        let key = "\(version.id)/s/\(level)/\(index)/\(rows)/\(axis.rawValue)"
        if let data = tiles[key] { return data }
        let file = try await file(version)
        let tile = try await Offload.run {
            try SpectrogramTile(of: file, level: level, index: index, rows: rows, axis: axis)
        }
        let data = Data(tile.levels)
        keep(data, key)
        return data
    }

    private func keep(_ data: Data, _ key: String) {
        guard tiles.updateValue(data, forKey: key) == nil else { return }
        tileOrder.append(key)
        tileBytes += data.count
        while tileBytes > Self.tileLimit {
            tileBytes -= tiles.removeValue(forKey: tileOrder.removeFirst())?.count ?? 0
        }
    }

    /// Forgets sounds that are gone.
    func forget(_ versions: [Version]) {
        for version in versions {
            files[version.id] = nil
            fileOrder.removeAll { $0 == version.id }
            ready.remove(version.id)
            outlines[version.id]?.cancel()
        }
    }
}
