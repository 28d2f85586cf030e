import TestSupport
import Testing

@testable import Core

@Suite struct NetworkTextEncoderTests {
    /// The reference saw the tokens with padding behind them; the real tokens alone give the same.
    @Test(arguments: ["text-encoder", "text-encoder-relu"])
    func embedsAsTransformersDoes(_ name: String) throws {
        let fixture = NetworkFixture(name)
        let expected = try fixture.expected()
        let configuration: TextEncoderConfiguration = try fixture.configuration()
        let encoder = try fixture.network { try TextEncoder($0, configuration) }
        #expect(expected.count("ids") == 3)
        for index in 0..<3 {
            let embedding = encoder(try expected.integers("ids.\(index)"))
            #expect(try mismatch(embedding, expected["embedding.\(index)"]) == nil, "text \(index)")
        }
    }

    @Test func longestTextStopsAtTheLastPosition() throws {
        let configuration: TextEncoderConfiguration = try NetworkFixture("text-encoder").configuration()
        #expect(configuration.maximumTokens == 24 - 1 - 1)
        let encoder = try NetworkFixture("text-encoder").network { try TextEncoder($0, configuration) }
        #expect(encoder(Array(repeating: 5, count: configuration.maximumTokens)).shape == [1, 12])
    }
}
