import Core
import Evaluation
import Foundation
import TestSupport
import Testing

/// PANNs' Cnn14 against its twin in PyTorch (Tests/Fixtures/make_evaluation.py).
@Suite struct Cnn14Tests {
    private let tensors: WeightScope

    init() throws { tensors = try Fixture.tensors("evaluation/tensors.safetensors") }

    /// The file of 16 kHz lies as torch before 1.6 wrote it, the other one as torch does today.
    @Test(arguments: [("cnn14-16k", 16_000), ("cnn14-32k", 32_000)])
    func itHearsWhatPyTorchHears(name: String, rate: Int) throws {
        let network = try Cnn14(file: Fixture.url("evaluation/\(name).pth"))
        #expect(network.samplingRate == rate && network.classes == 11 && network.embeddingWidth == 20)
        let heard: Cnn14.Hearing = network(try tensors.tensor(named: "\(name).sound").elements)
        let (embedding, logits) = (
            try tensors.tensor(named: "\(name).embedding"), try tensors.tensor(named: "\(name).logits")
        )
        #expect(mismatch(heard.embedding, embedding, absolute: 1e-3, relative: 1e-3) == nil)
        #expect(mismatch(heard.logits, logits, absolute: 1e-3, relative: 1e-3) == nil)
        #expect(embedding.elements.contains { $0 > 0.1 })
    }

    @Test func aSoundOfOneSampleIsHeard() throws {
        let network = try Cnn14(file: Fixture.url("evaluation/cnn14-32k.pth"))
        let heard: Cnn14.Hearing = network([0.5])
        let isFinite = heard.logits.elements.allSatisfy(\.isFinite)
        #expect(isFinite)
    }

    // MARK: - Other files

    private func message(of file: URL) -> String {
        do {
            _ = try Cnn14(file: file)
            return "no error"
        } catch {
            return "\(error)".replacing(file.path, with: "file")
        }
    }

    @Test func anotherNetworkIsRefused() throws {
        let other = Fixture.url("default-like/audio_encoder/model.safetensors")
        #expect(
            message(of: other).hasPrefix(
                "file: logmel_extractor.melW: expected a tensor of shape [513, 64], found none"))
    }

    @Test func otherTransformsAreRefused() throws {
        try Fixture.withTemporaryFolder { folder in
            let file = folder.appending(path: "other.safetensors")
            let weights = try WeightFile(file: Fixture.url("evaluation/cnn14-16k.pth")).root
            var stored: [String: Tensor] = [:]
            for name in weights.names where !name.hasSuffix("num_batches_tracked") {
                stored[name] = try weights.tensor(named: name)
            }
            try SafetensorsWriter.write(stored, to: file)
            #expect(message(of: file) == "no error")
            var wrong = stored
            wrong["spectrogram_extractor.stft.conv_imag.weight"] = stored["spectrogram_extractor.stft.conv_imag.weight"]
                .map { -$0 }
            try SafetensorsWriter.write(wrong, to: file)
            #expect(
                message(of: file)
                    == "file: spectrogram_extractor.stft.conv_imag.weight: expected the Fourier transform under a Hann window, as the published Cnn14 have"
            )
            var fewer = stored
            fewer["bn0.running_var"] = nil
            try SafetensorsWriter.write(fewer, to: file)
            #expect(message(of: file).hasPrefix("file: bn0.running_var: expected a tensor of shape [64], found none"))
            var more = stored
            more["conv_block7.conv1.weight"] = .zeros([1])
            try SafetensorsWriter.write(more, to: file)
            #expect(message(of: file).hasPrefix("file: 1 tensor that config.json does not account for"))
            var narrow = stored
            narrow["logmel_extractor.melW"] = .zeros([129, 64])
            try SafetensorsWriter.write(narrow, to: file)
            #expect(message(of: file).contains("expected 257 rows (16 kHz) or 513 rows (32 kHz)"))
        }
    }

    /// A file of before torch 1.6 cut off anywhere is refused in one line, and so is one whose bytes were changed.
    @Test func damagedFilesAreRefused() throws {
        let whole = try Data(contentsOf: Fixture.url("evaluation/cnn14-16k.pth"))
        try Fixture.withTemporaryFolder { folder in
            let file = folder.appending(path: "cut.pth")
            for length in [15, 16, 40, 200, 3000, whole.count / 2, whole.count - 1] {
                try whole.prefix(length).write(to: file)
                let words = message(of: file)
                #expect(
                    words != "no error" && words.hasPrefix("file: ") && !words.contains("\n"), "\(length): \(words)")
            }
            // The version, and a storage's number of elements.
            var other = whole
            other[18] ^= 1
            try other.write(to: file)
            #expect(message(of: file) == "file: expected version 1001 of torch's format")
        }
    }
}
