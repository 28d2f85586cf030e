import TestSupport
import Testing

@testable import Core

@Suite struct NetworkBandExtensionTests {
    @Test(arguments: [1, 9, 16])
    func extendsAsItsTrainingDoes(_ first: Int) throws {
        let fixture = NetworkFixture("band-extension")
        let expected = try fixture.expected()
        let bandExtension = try fixture.network { try BandExtension($0, fixture.configuration()) }
        let mel = try expected["mel"]
        let extended = bandExtension(mel, above: first)
        #expect(try mismatch(extended, expected["extended.\(first)"], absolute: 1e-4) == nil)
        #expect(extended.sliced(axis: 2, 0..<first) == mel.sliced(axis: 2, 0..<first))
    }

    /// What stands above the cut-off in what it is given does not count.
    @Test func nothingAboveTheCutOffIsHeard() throws {
        let fixture = NetworkFixture("band-extension")
        let bandExtension = try fixture.network { try BandExtension($0, fixture.configuration()) }
        var random = TestRandom(seed: 5)
        let mel = random.tensor(1, 30, 16)
        let other = Tensor(mel.elements.enumerated().map { $0 % 16 < 7 ? $1 : $1 - 4 }, shape: mel.shape)
        #expect(bandExtension(mel, above: 7) == bandExtension(other, above: 7))
    }
}
