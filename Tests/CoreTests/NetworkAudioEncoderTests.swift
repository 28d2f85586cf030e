import TestSupport
import Testing

@testable import Core

@Suite struct NetworkAudioEncoderTests {
    /// At full length and shorter (then stretched by cubic interpolation); with windows that fit the grid, that are moved, and that
    /// stand over it.
    @Test(arguments: ["audio-encoder", "audio-encoder-padded"])
    func embedsAsTransformersDoes(_ name: String) throws {
        let fixture = NetworkFixture(name)
        let expected = try fixture.expected()
        let encoder = try fixture.network { try AudioEncoder($0, fixture.configuration()) }
        #expect(expected.count("mel") > 0)
        for index in 0..<expected.count("mel") {
            let embedding = encoder(try expected.mel("mel.\(index)"))
            #expect(try mismatch(embedding, expected["embedding.\(index)"], absolute: 1e-4) == nil, "mel \(index)")
        }
    }
}
