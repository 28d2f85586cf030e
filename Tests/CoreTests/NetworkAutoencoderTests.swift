import TestSupport
import Testing

@testable import Core

@Suite struct NetworkAutoencoderTests {
    /// `autoencoder-old-names` holds the weights of `autoencoder` under the names, and in the shapes, of 2022.
    @Test(arguments: [
        ("autoencoder", "autoencoder"), ("autoencoder-old-names", "autoencoder"),
        ("autoencoder-plain", "autoencoder-plain"),
    ])
    func encodesAndDecodesAsDiffusersDoes(_ name: String, _ reference: String) throws {
        let fixture = NetworkFixture(name)
        let expected = try NetworkFixture(reference).expected()
        let autoencoder = try fixture.network { try Autoencoder($0, fixture.configuration()) }
        #expect(expected.count("mel") > 0)
        for index in 0..<expected.count("mel") {
            let mel = try expected.mel("mel.\(index)")
            let noise = try expected.image("noise.\(index)")
            #expect(try mismatch(autoencoder.encode(mel), expected.image("mean.\(index)")) == nil, "mean \(index)")
            #expect(
                try mismatch(autoencoder.encode(mel, noise: noise), expected.image("drawn.\(index)")) == nil,
                "drawn \(index)")
            #expect(
                try mismatch(autoencoder.decode(noise), expected.mel("decoded.\(index)")) == nil, "decoded \(index)")
        }
    }

    @Test func factorComesFromTheLevels() throws {
        let three: AutoencoderConfiguration = try NetworkFixture("autoencoder").configuration()
        let two: AutoencoderConfiguration = try NetworkFixture("autoencoder-plain").configuration()
        #expect(three.factor == 4)
        #expect(two.factor == 2)
    }
}
