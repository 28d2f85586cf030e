import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

/// Regions, requests and recipes that nobody meant are refused with an error, or are what they say.
@Suite struct HostileRequestTests {
    private static let count = Int(ProcessInfo.processInfo.environment["RETOUCH_FUZZ"] ?? "") ?? 10_000

    @Test func regions() {
        var mutator = Mutator(["1-2", "0:01.5-1:02:03.25", "1e3-2e3", "5-"].map { Array($0.utf8) }, seed: 1)
        var read = 0
        for _ in 0..<Self.count {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            guard let region = Region(text) else { continue }
            read += 1
            if !(region.start.isFinite && region.end.isFinite && region.start >= 0) {
                Issue.record("\(text) is \(region)")
            }
        }
        print("regions: \(Self.count) inputs, \(read) of them read")
        #expect(read > 0)
    }

    @Test func requests() throws {
        let inpaint = try RequestDocument.data(of: Inpaint(regions: [Region(start: 1, end: 2)]))
        let restyle = try RequestDocument.data(of: Restyle(strength: 0.5, condition: Condition(prompt: "rain")))
        let generate = try RequestDocument.data(of: Generate(duration: 2, condition: Condition(prompt: "rain")))
        let recipe = try Recipe(Generate(duration: 1, condition: Condition()), source: nil).data()
        var mutator = Mutator([inpaint, restyle, generate, recipe].map { [UInt8]($0) }, seed: 2)
        let count = max(200, Self.count / 10)
        var read = 0
        for _ in 0..<count {
            let data = Data(mutator.next())
            // What can be read can be written and read again.
            if let request = try? RequestDocument.request(from: data) {
                read += 1
                let again = try RequestDocument.request(from: RequestDocument.data(of: request))
                #expect(again.isEqual(to: request))
            }
            _ = try? Recipe(data)
        }
        print("requests: \(count) inputs, \(read) of them read")
    }
}
