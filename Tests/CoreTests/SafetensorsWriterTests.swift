import Foundation
import TestSupport
import Testing

@testable import Core

@Suite struct SafetensorsWriterTests {
    @Test func whatIsWrittenIsReadAgain() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        var random = TestRandom(seed: 1)
        let tensors = [
            "latent.0": random.tensor(1, 2, 3, 5), "a \"quoted\\ name\"\n": random.tensor(7),
            "empty": Tensor([], shape: [0, 4]), "scalar": Tensor([-0.5], shape: []),
        ]
        try SafetensorsWriter.write(tensors, to: file)
        let read = try WeightFile(file: file).root
        #expect(read.names == tensors.keys.sorted())
        for (name, tensor) in tensors { #expect(try read.tensor(name, shape: tensor.shape) == tensor) }
    }

    @Test func aFolderThatIsNotThereIsNamed() {
        let file = URL(filePath: "/no/such/folder/dump.safetensors")
        #expect(throws: CheckpointError.self) { try SafetensorsWriter.write([:], to: file) }
    }
}
