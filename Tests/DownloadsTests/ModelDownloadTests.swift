import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Downloads

/// Downloads from a server of the tests, which does right or wrong as each test wants it.
@Suite struct ModelDownloadTests {
    private static let name = "owner/small"

    private static func published() throws -> PublishedFolder {
        var folder = try PublishedFolder(Fixture.url("networks/pipeline"), as: name)
        // What nobody needs, and weights that are there twice.
        folder.files[".gitattributes"] = [1]
        folder.files["picture.png"] = [2]
        folder.files["unet/diffusion_pytorch_model.bin"] = [3]
        folder.files["flax/model.msgpack"] = [4]
        return folder
    }

    private func download(
        _ server: HubServer, to folder: URL, accepts: Bool = true,
        progress: @escaping @Sendable (ModelDownload.Progress) -> Void = { _ in },
        check: @Sendable (URL) throws -> Void = { _ in }
    ) async throws {
        let download = try await ModelDownload(Self.name, from: Hub(server.address), to: folder)
        try await download.run(acceptsLicence: accepts, progress: progress, check: check)
    }

    /// The files of a folder by their paths, without the list of their hashes.
    private func contents(_ folder: URL) throws -> [String: [UInt8]] {
        var files = try PublishedFolder(folder, as: "").files
        files["SHA256SUMS"] = nil
        return files
    }

    private static let unneeded = [
        ".gitattributes", "picture.png", "unet/diffusion_pytorch_model.bin", "flax/model.msgpack",
    ]

    private func expected(_ published: PublishedFolder) -> [String: [UInt8]] {
        published.files.filter { !Self.unneeded.contains($0.key) && $0.key != "expected.safetensors" }
    }

    /// The error of a download that fails; its folder must not be there.
    private func failure(
        _ respond: @escaping @Sendable (HubServer.Request) -> HubServer.Response
    ) async throws -> DownloadError? {
        let temporary = try TemporaryFolder()
        let folder = temporary.file("small")
        do {
            try await download(HubServer(respond), to: folder)
        } catch let error as DownloadError {
            #expect(!FileManager.default.fileExists(atPath: folder.path))
            #expect(!"\(error)".contains("\n"))
            return error
        }
        return nil
    }

    @Test func whatTheModelNeedsComesWhole() async throws {
        let published = try Self.published()
        let server = try HubServer { published.response(to: $0) }
        let temporary = try TemporaryFolder()
        let folder = temporary.file("small")
        let seen = Mutex<[ModelDownload.Progress]>([])
        let checked = Mutex(0)
        try await download(
            server, to: folder, progress: { progress in seen.withLock { $0.append(progress) } },
            check: { _ in checked.withLock { $0 += 1 } })
        #expect(try contents(folder) == expected(published))
        #expect(checked.withLock(\.self) == 1)
        let dones = seen.withLock { $0.map(\.done) }
        #expect(dones == dones.sorted())
        #expect(dones.last == seen.withLock(\.last)?.total)
        #expect(!FileManager.default.fileExists(atPath: folder.path + ".partial"))
        // The list is one that sha256sum reads.
        let sums = try String(contentsOf: folder.appending(path: "SHA256SUMS"), encoding: .utf8)
        #expect(sums.split(separator: "\n").count == expected(published).count)
        #expect(sums.contains("  vae/config.json\n"))
    }

    @Test func aLicenceIsAcceptedBeforeAnythingComes() async throws {
        let published = try Self.published()
        let server = try HubServer { published.response(to: $0) }
        let temporary = try TemporaryFolder()
        await #expect(throws: DownloadError.licence(name: Self.name, licence: "cc-by-nc-sa-4.0")) {
            try await download(server, to: temporary.file("small"), accepts: false)
        }
        #expect(server.requests.count == 1)
        #expect(try temporary.contents().isEmpty)
    }

    @Test func whatBreaksOffGoesOnFromThere() async throws {
        let published = try Self.published()
        let limit = 30_000
        let server = try HubServer { request in
            var response = published.response(to: request)
            if response.body.count > limit, request.path.contains("resolve") { response.breaksAfter = limit }
            return response
        }
        let temporary = try TemporaryFolder()
        try await download(server, to: temporary.file("small"))
        #expect(try contents(temporary.file("small")) == expected(published))
        let resumed = server.requests.filter { $0.first > 0 }
        #expect(!resumed.isEmpty)
        #expect(resumed.allSatisfy { $0.first % limit == 0 })
    }

    @Test func aStoppedDownloadGoesOnWhenItIsCalledAgain() async throws {
        let published = try Self.published()
        let isDown = Mutex(false)
        let server = try HubServer { request in
            if isDown.withLock(\.self) { return HubServer.Response(404) }
            var response = published.response(to: request)
            if request.path.hasSuffix("unet/diffusion_pytorch_model.safetensors") {
                response.breaksAfter = 5000
                isDown.withLock { $0 = true }
            }
            return response
        }
        let temporary = try TemporaryFolder()
        let folder = temporary.file("small")
        await #expect(throws: DownloadError.self) { try await download(server, to: folder) }
        let part = URL(fileURLWithPath: folder.path + ".partial/unet/diffusion_pytorch_model.safetensors.part")
        #expect(try Data(contentsOf: part).count == 5000)

        let whole = try HubServer { published.response(to: $0) }
        try await download(whole, to: folder)
        #expect(try contents(folder) == expected(published))
        // What had come before did not come again.
        let names = whole.requests.filter { $0.path.contains("resolve") }
        #expect(names.first { $0.path.hasSuffix("unet/diffusion_pytorch_model.safetensors") }?.first == 5000)
        #expect(!names.contains { $0.path.hasSuffix("model_index.json") })
    }

    @Test func aServerWithoutPartsSendsTheWholeAgain() async throws {
        let published = try Self.published()
        let isFirst = Mutex(true)
        let server = try HubServer { request in
            var response = published.response(to: HubServer.Request(path: request.path, first: 0))
            if request.path.hasSuffix("vae/diffusion_pytorch_model.safetensors"),
                isFirst.withLock({ first in
                    defer { first = false }
                    return first
                })
            {
                response.breaksAfter = 1000
            }
            return response
        }
        let temporary = try TemporaryFolder()
        try await download(server, to: temporary.file("small"))
        #expect(try contents(temporary.file("small")) == expected(published))
    }

    @Test func partsOfAnotherRevisionAreReplaced() async throws {
        let published = try Self.published()
        let server = try HubServer { published.response(to: $0) }
        let temporary = try TemporaryFolder()
        let folder = temporary.file("small")
        let partial = URL(fileURLWithPath: folder.path + ".partial/vae")
        try FileManager.default.createDirectory(at: partial, withIntermediateDirectories: true)
        try Data(repeating: 7, count: 100).write(
            to: partial.appending(path: "diffusion_pytorch_model.safetensors.part"))
        try Data(repeating: 7, count: published.files["vae/config.json"]?.count ?? 0)
            .write(to: partial.appending(path: "config.json"))
        try await download(server, to: folder)
        #expect(try contents(folder) == expected(published))
    }

    @Test func aServerThatGoesOnBreakingIsGivenUp() async throws {
        let published = try Self.published()
        let error = try await failure { request in
            var response = published.response(to: request)
            if request.path.hasSuffix("model_index.json") { response.breaksAfter = 0 }
            return response
        }
        guard case .broken = try #require(error) else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect("\(try #require(error))".contains("start it again"))
    }

    @Test(arguments: [-1, 1, 100_000]) func liesAboutSizesAreFound(difference: Int) async throws {
        let published = try Self.published()
        let error = try await failure { request in
            var response = published.response(to: request)
            if request.path.hasSuffix("vae/config.json") {
                response.headers["Content-Length"] = "\(response.body.count + difference)"
            }
            return response
        }
        let size = published.files["vae/config.json"]?.count ?? 0
        #expect(error == .size(file: "vae/config.json", expected: size, found: size + difference))
    }

    @Test func aBodyWithoutALengthMayNotBeLonger() async throws {
        let published = try Self.published()
        let error = try await failure { request in
            var response = published.response(to: request)
            if request.path.hasSuffix("vae/config.json") {
                response.headers["Content-Length"] = nil
                response.body += [32, 32]
            }
            return response
        }
        let size = published.files["vae/config.json"]?.count ?? 0
        #expect(error == .size(file: "vae/config.json", expected: size, found: size + 2))
    }

    @Test(arguments: ["unet/diffusion_pytorch_model.safetensors", "vae/config.json"])
    func contentOfAnotherHashIsRefused(path: String) async throws {
        let published = try Self.published()
        let error = try await failure { request in
            var response = published.response(to: request)
            if request.path.hasSuffix(path) { response.body[response.body.count / 2] ^= 1 }
            return response
        }
        #expect(error == .hash(file: path))
    }

    @Test func redirectionsAreFollowedWhereTheyAreSafe() async throws {
        let published = try Self.published()
        let storage = try HubServer { request in
            published.response(
                to: HubServer.Request(path: String(request.path.dropFirst("/far".count)), first: request.first))
        }
        let address = storage.address
        let server = try HubServer { request in
            request.path.hasSuffix(".safetensors")
                ? HubServer.Response(302, [], ["Location": "\(address)/far\(request.path)"])
                : published.response(to: request)
        }
        let temporary = try TemporaryFolder()
        try await download(server, to: temporary.file("small"))
        #expect(try contents(temporary.file("small")) == expected(published))
        #expect(!storage.requests.isEmpty)

        let error = try await failure { request in
            request.path.hasSuffix(".safetensors")
                ? HubServer.Response(302, [], ["Location": "http://example.invalid/x"])
                : published.response(to: request)
        }
        #expect(error == .insecure(url: "http://example.invalid/x"))
        let endless = try await failure { request in
            request.path.hasSuffix("model_index.json")
                ? HubServer.Response(302, [], ["Location": request.path]) : published.response(to: request)
        }
        guard case .answer(_, let reason) = try #require(endless) else {
            Issue.record("\(String(describing: endless))")
            return
        }
        #expect(reason == "more than 5 redirections")
    }

    @Test(arguments: [
        "../evil.json", "unet/../../evil.json", "unet/.hidden.json", "/etc/evil.json", "vae//config.json",
    ])
    func pathsThatLeadElsewhereAreRefused(path: String) async throws {
        var published = try Self.published()
        published.files[path] = [1]
        let hostile = published
        let error = try await failure { hostile.response(to: $0) }
        // A path that no model has may as well be passed over; nothing is ever written outside.
        if let error {
            guard case .answer(_, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason == "it lists a file that would lie outside the folder: \(path)")
        } else {
            #expect(!path.hasPrefix("unet/") && !path.hasPrefix("vae/"))
        }
    }

    @Test func whatIsNoModelOfAHubIsNamed() async throws {
        let published = try Self.published()
        for (status, words) in [(404, "there is no such model"), (401, "does not give it to everybody")] {
            let error = try #require(try await failure { _ in HubServer.Response(status) })
            #expect("\(error)".contains(words))
        }
        let nonsense = try #require(try await failure { _ in HubServer.Response(200, Array("<html>".utf8)) })
        #expect("\(nonsense)".hasSuffix("a hub's description of a model is expected, found something else"))
        var bare = published
        bare.files["model_index.json"] = nil
        let bareFolder = bare
        let other = try #require(try await failure { bareFolder.response(to: $0) })
        #expect("\(other)".contains("it is not in diffusers' layout"))
        await #expect(throws: DownloadError.name(found: "a/b/c")) {
            try await ModelDownload("a/b/c", from: Hub("http://127.0.0.1:1"), to: URL(filePath: "/nowhere/x"))
        }
        await #expect(throws: DownloadError.name(found: "../x")) {
            try await ModelDownload("../x", from: Hub("http://127.0.0.1:1"), to: URL(filePath: "/nowhere/x"))
        }
    }

    @Test func nothingIsReplacedAndOneDownloadIsMadeAtATime() async throws {
        let published = try Self.published()
        let server = try HubServer { published.response(to: $0) }
        let temporary = try TemporaryFolder()
        let folder = temporary.file("small")
        try Data("mine".utf8).write(to: folder)
        await #expect(throws: DownloadError.exists(folder: folder.relativePath)) {
            try await download(server, to: folder)
        }
        #expect(try String(contentsOf: folder, encoding: .utf8) == "mine")
        try FileManager.default.removeItem(at: folder)

        let partial = folder.path + ".partial"
        try FileManager.default.createDirectory(atPath: partial, withIntermediateDirectories: true)
        let other = unsafe open(partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        flock(other, LOCK_EX)
        await #expect(throws: DownloadError.busy(folder: folder.relativePath)) {
            try await download(server, to: folder)
        }
        // Given back by name: a program that another test has just started may still share the descriptor.
        flock(other, LOCK_UN)
        close(other)
        try await download(server, to: folder)
    }

    @Test func whatFailsTheCheckDoesNotGetItsName() async throws {
        struct Unfit: Error {}
        let published = try Self.published()
        let server = try HubServer { published.response(to: $0) }
        let temporary = try TemporaryFolder()
        await #expect(throws: Unfit.self) {
            try await download(server, to: temporary.file("small"), check: { _ in throw Unfit() })
        }
        #expect(!FileManager.default.fileExists(atPath: temporary.file("small").path))
    }

    @Test func hubsHaveHTTPSUnlessTheyAreHere() throws {
        #expect(try Hub("https://huggingface.co/").address == "https://huggingface.co")
        #expect(try Hub("http://localhost:8080").address == "http://localhost:8080")
        for wrong in [
            "http://example.com", "example.com", "ftp://example.com", "https://", "https://a.b/?x=1",
            "http://127.0.0.1.evil.com",
        ] {
            #expect(throws: DownloadError.hub(found: wrong)) { try Hub(wrong) }
        }
    }

    @Test func namesOfKnownModelsNeedNoOwner() {
        #expect(PublishedModel.fullName("audioldm-s-full-v2") == "cvssp/audioldm-s-full-v2")
        #expect(PublishedModel.fullName("me/mine") == "me/mine")
        #expect(Set(PublishedModel.all.map(\.folder)).count == PublishedModel.all.count)
    }
}
