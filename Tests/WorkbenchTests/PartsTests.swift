import Core
import Editing
import Foundation
import TestSupport
import Testing

@testable import Workbench

/// The parts of the workbench, each alone.
@Suite struct PartsTests {
    private func job(_ client: String, _ number: Int) -> Job {
        Job(
            id: "\(client)\(number)", session: "s", client: client, version: nil, result: "r", format: "wav",
            isExport: false, request: "{}", take: nil, state: .queued, error: nil, created: Double(number),
            started: nil, ended: nil, estimate: 1)
    }

    @Test func clientsTakeTurns() {
        var waiting = [job("a", 1), job("a", 2), job("a", 3), job("b", 4), job("c", 5), job("b", 6)]
        var turns: [String: Int] = [:]
        var order: [String] = []
        while let index = JobQueue.next(of: waiting, turns) {
            let job = waiting.remove(at: index)
            turns[job.client] = order.count + 1
            order.append(job.id)
        }
        #expect(order == ["a1", "b4", "c5", "a2", "b6", "a3"])
    }

    private struct Number: Encodable { let number: Int }

    private func collect(_ events: AsyncStream<String>, _ count: Int) async -> [String] {
        var found: [String] = []
        for await text in events {
            found.append(text)
            if found.count == count { break }
        }
        return found
    }

    @Test func whoComesBackGetsWhatCameSince() async throws {
        let board = EventBoard()
        let (first, end) = await board.listen("s", after: nil)
        for number in 1...3 { await board.tell("s", "step", Number(number: number)) }
        let seen = await collect(first, 4)
        #expect(seen[0].contains("event: reset"))
        let id = try #require(seen[1].split(separator: "\n").first).dropFirst("id: ".count)
        end()
        let (second, _) = await board.listen("s", after: String(id))
        let again = await collect(second, 3)
        #expect(again[1] == seen[2] && again[2] == seen[3])
        // Of another run, or too long ago: the whole is to be read again.
        let (third, _) = await board.listen("s", after: "other-1")
        #expect(await collect(third, 1)[0].contains("event: reset"))
    }

    @Test func aReaderWhoIsTooSlowIsAskedToComeBack() async {
        let board = EventBoard()
        let (events, _) = await board.listen("s", after: nil)
        for number in 1...400 { await board.tell("s", "step", Number(number: number)) }
        #expect(await board.listeners == 0)
        var count = 0
        for await _ in events { count += 1 }
        #expect(count < 300)
    }

    @Test func labelsGoThereAndBack() async throws {
        let site = try await Site()
        let (session, _) = try await site.open(try site.sound("a.wav"))
        let track = "0.500000\t1.000000\tcough\n2.000000\t2.250000\t\n\\\t100.000000\t2000.000000\n"
        let set = try await site.ask("PUT", "/api/sessions/\(session)/labels", Data(track.utf8))
        #expect(set.status == 200, "\(set.message ?? "")")
        let marks = try JSONDecoder().decode([Mark].self, from: set.data)
        #expect(
            marks == [
                Mark(start: 0.5, end: 1, name: "cough"), Mark(start: 2, end: 2.25, low: 100, high: 2000, name: ""),
            ])
        let found = try await site.ask("GET", "/api/sessions/\(session)/labels").data
        #expect(String(decoding: found, as: UTF8.self) == track)
        let wrong = try await site.ask("PUT", "/api/sessions/\(session)/labels", Data("1.0\tx\tname\n".utf8))
        #expect(wrong.status == 422 && wrong.message?.hasPrefix("labels, line 1: ") == true)
        await site.stop()
    }

    @Test func moreWorkIsEstimatedLonger() throws {
        let region = Region(start: 1, end: 2)
        func units(_ request: any EditRequest) -> Double { DurationEstimate.units(request, sourceSeconds: 60) }
        let usual = units(try Inpaint(regions: [region]))
        let words = units(try Inpaint(regions: [region], condition: Condition(prompt: "rain")))
        let steps = units(
            try Inpaint(
                regions: [region], condition: Condition(prompt: "rain"),
                settings: Settings(for: Inpaint.self, steps: 100)))
        #expect(usual < words && words < steps)
        #expect(units(try Upsample()) > usual)
    }

    /// scipy.stats.t.ppf(0.975, n) is 2.20099, 2.08596, 2.00957 and 1.98397 for n = 11, 20, 49 and 99.
    @Test(arguments: [(1, 12.706), (10, 2.228), (11, 2.20099), (20, 2.08596), (49, 2.00957), (99, 1.98397)])
    func confidenceIntervalsAreStudents(freedom: Int, value: Double) {
        #expect(abs(StudentT.quantile975(freedom) - value) < 0.001)
    }

    @Test func edgesAreSnapped() async throws {
        let folder = try TemporaryFolder()
        let rate = 16_000
        // A sine whose sign changes every 80 samples, and silence from 0.5 to 0.52 s.
        let samples = (0..<rate).map { index -> Float in
            (8000..<8320).contains(index) ? 0 : 0.5 * sin(2 * .pi * 100 * (Float(index) + 0.5) / Float(rate))
        }
        let format = AudioFormat(container: .wav, encoding: .float32, rate: rate, channels: 1)
        let writer = try AudioWriter(folder.file("a.wav"), format: format, overwrite: false)
        try writer.write([samples])
        _ = try writer.finish()
        let finder = EdgeFinder(try AudioFile(folder.file("a.wav")))
        #expect(try finder.frame(.zero, near: 1590) == 1600)
        #expect(try finder.frame(.zero, near: 1650) == 1680)
        let quiet = try finder.frame(.quiet, near: 7600)
        #expect((8000..<8320).contains(quiet))
    }

    @Test func dropoutsAndClicksAreFound() async throws {
        let folder = try TemporaryFolder()
        let rate = 16_000
        var random = TestRandom(seed: 1)
        var samples = (0..<3 * rate).map { index -> Float in
            0.2 * sin(2 * .pi * 220 * Float(index) / Float(rate)) + 0.01 * random.next()
        }
        for index in 16_000..<16_400 { samples[index] = 0 }
        samples[32_000] += 0.6
        let format = AudioFormat(container: .wav, encoding: .float32, rate: rate, channels: 1)
        let writer = try AudioWriter(folder.file("a.wav"), format: format, overwrite: false)
        try writer.write([samples])
        _ = try writer.finish()
        let finder = SoundFinder(try AudioFile(folder.file("a.wav")))
        let dropouts = try finder.find(.dropouts, like: 0..<1)
        #expect(dropouts == [Mark(start: 1, end: 1.025, name: "dropout")])
        let clicks = try finder.find(.clicks, like: 0..<1)
        #expect(clicks.contains { $0.start < 2 && $0.end > 2 })
        #expect(clicks.count <= 3)
    }

    @Test func theDescriptionHasEveryRouteAndNoOther() async throws {
        let site = try await Site()
        let answer = try await site.ask("GET", "/api/openapi.json").json()
        let paths = try #require(answer["paths"] as? [String: [String: Any]])
        let described = Set(paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } })
        let served = Set(site.workbench.routes.map { "\($0.method.rawValue) \($0.path)" })
        #expect(described.subtracting(served) == [] && served.subtracting(described) == [])
        #expect(answer["openapi"] as? String == "3.1.0")
        // Each identifier in braces is described as a parameter.
        for (path, methods) in paths {
            let names = path.matches(of: /\{(\w+)\}/).map { String($0.1) }
            for case let operation as [String: Any] in methods.values {
                let parameters = operation["parameters"] as? [[String: Any]] ?? []
                let found = parameters.filter { $0["in"] as? String == "path" }.compactMap { $0["name"] as? String }
                #expect(found == names, "\(path)")
            }
        }
        await site.stop()
    }
}
