import Foundation
import TestSupport
import Testing

@testable import Core

/// A hash that is known is not computed again, as long as nobody touched the files.
@Suite struct KnownHashesTests {
    private let folder: TemporaryFolder
    private var model: URL { folder.url.appending(path: "model") }
    private var weights: URL { model.appending(path: "weights") }
    private var cache: URL { folder.url.appending(path: "cache/deep/models.json") }

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
        try Data("one".utf8).write(to: weights)
    }

    /// A file of any age counts, one from a minute ahead even.
    private var hashes: KnownHashes { KnownHashes(file: cache, age: -60) }

    /// The hash, and whether it was computed.
    private func hash(_ hashes: KnownHashes) throws -> (text: String, wasComputed: Bool) {
        var wasComputed = false
        let text = try hashes.hash(of: model, files: [weights]) {
            wasComputed = true
            return ContentHash.of(try Data(contentsOf: weights))
        }
        return (text, wasComputed)
    }

    @Test func whatIsKnownIsNotComputedAgain() throws {
        let first = try hash(hashes)
        let second = try hash(hashes)
        #expect(first.wasComputed && !second.wasComputed && first.text == second.text)
    }

    @Test func aFolderHasTheSameHashKnownOrNot() throws {
        let plain = try ContentHash.ofFolder(model)
        for _ in 0..<2 {
            let known = try ContentHash.ofFolder(model, knownBy: hashes)
            #expect(known == plain)
        }
        #expect(FileManager.default.fileExists(atPath: cache.path()))
    }

    /// Also of the same size and with the old time of change set again.
    @Test func whatWasTouchedIsComputed() throws {
        let first = try hash(hashes)
        let date = try FileManager.default.attributesOfItem(atPath: weights.path())[.modificationDate]
        Thread.sleep(forTimeInterval: 0.05)
        let handle = try FileHandle(forWritingTo: weights)
        try handle.write(contentsOf: Data("two".utf8))
        try handle.close()
        try FileManager.default.setAttributes([.modificationDate: date as Any], ofItemAtPath: weights.path())
        let second = try hash(hashes)
        #expect(second.wasComputed && second.text != first.text && second.text == ContentHash.of(Data("two".utf8)))
    }

    @Test func whatIsNewIsNotRemembered() throws {
        let first = try hash(KnownHashes(file: cache))
        let second = try hash(KnownHashes(file: cache))
        #expect(first.wasComputed && second.wasComputed)
        #expect(!FileManager.default.fileExists(atPath: cache.path()))
    }

    /// A damaged file, and a folder in its place, are as if nothing were known.
    @Test func whatCannotBeReadDoesNotMatter() throws {
        let damaged = KnownHashes(file: weights, age: -60)
        let first = try hash(damaged)
        #expect(first.wasComputed)
        try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
        let second = try hash(hashes)
        let third = try hash(hashes)
        #expect(second.wasComputed && third.wasComputed)
    }
}
