import Core
import Foundation
import TestSupport
import Testing

@Suite struct SignalLogMelTests {
    private func frontEnd(_ name: String, highest: Double) -> FrontEnd {
        name == "16k"
            ? .audioLDM
            : FrontEnd(
                samplingRate: 48_000, fftSize: 3072, windowSize: 3072, hopSize: 480, melBins: 80, lowestHz: 0,
                highestHz: highest, gain: 1 / 3, floor: 1e-5)
    }

    @Test(arguments: ["16k", "48k"]) func theLogMelIsLibrosas(name: String) throws {
        let fixture = try Fixture.tensors("signal/log_mel_\(name).safetensors")
        let highest = try fixture.tensor(named: "highest").elements[0]
        let logMel = LogMel(frontEnd(name, highest: Double(highest)))
        let result = logMel(try fixture.tensor(named: "samples").elements)
        // Near the floor the logarithm magnifies the transforms' rounding, 1e-7 of the loudest sample.
        #expect(mismatch(result, try fixture.tensor(named: "log_mel"), absolute: 2e-3, relative: 0) == nil)
    }

    @Test(arguments: ["16k", "48k"]) func theFilterBankIsLibrosas(name: String) throws {
        let fixture = try Fixture.tensors("signal/log_mel_\(name).safetensors")
        let highest = try fixture.tensor(named: "highest").elements[0]
        let bank = LogMel(frontEnd(name, highest: Double(highest))).filterBank
        let shape = try fixture.tensor(named: "bank_shape").elements.map(Int.init)
        var expected = [Float](repeating: 0, count: shape.reduce(1, *))
        let values = try fixture.tensor(named: "bank_values").elements
        for (place, value) in zip(try fixture.tensor(named: "bank_places").elements, values) {
            expected[Int(place)] = value
        }
        #expect([bank.bands, bank.bins] == shape)
        let matrix = Tensor(bank.matrix, shape: shape)
        #expect(mismatch(matrix, Tensor(expected, shape: shape), absolute: 1e-8, relative: 1e-5) == nil)
    }

    @Test(arguments: [(256, 256, 64), (250, 200, 50), (135, 101, 27), (798, 798, 133)])
    func theShortTimeTransformIsTorchs(sizes: (Int, Int, Int)) throws {
        let fixture = try Fixture.tensors("signal/transforms.safetensors")
        let transform = ShortTimeFourierTransform(fftSize: sizes.0, windowSize: sizes.1, hopSize: sizes.2)
        let result = transform(try fixture.tensor(named: "samples").elements)
        let shape = [result.frames, result.bins]
        for (name, part) in [("real", result.real), ("imaginary", result.imaginary)] {
            let expected = try fixture.tensor(named: "\(name)_\(sizes.0)")
            #expect(mismatch(Tensor(part, shape: shape), expected, absolute: 2e-5) == nil)
        }
    }

    @Test func silenceIsTheFloorsLogarithm() {
        let result = LogMel(.audioLDM)([Float](repeating: 0, count: 1600))
        #expect(result.shape == [11, 64])
        #expect(result.elements.allSatisfy { $0 == logf(1e-5) })
    }

    @Test func theFrontEndIsReadFromItsFile() throws {
        let json = """
            {"sampling_rate": 16000, "fft_window_size": 1024, "window_size": 1024, "hop_length": 160,
             "feature_size": 64, "frequency_min": 0, "frequency_max": 8000, "magnitude_gain": 1, "floor": 1e-5}
            """
        #expect(try JSONDecoder().decode(FrontEnd.self, from: Data(json.utf8)) == .audioLDM)
        for (key, value) in [("hop_length", "0"), ("window_size", "1025"), ("frequency_max", "8001"), ("floor", "0")] {
            let bad = json.replacing(try Regex("\"\(key)\": [0-9e-]+"), with: "\"\(key)\": \(value)")
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(FrontEnd.self, from: Data(bad.utf8)) }
        }
        #expect(throws: DecodingError.self) {
            let missing = json.replacing("\"hop_length\": 160,", with: "")
            return try JSONDecoder().decode(FrontEnd.self, from: Data(missing.utf8))
        }
    }
}
