import Core
import Foundation
import TestSupport
import Testing

/// -2, -1.5, -1, ... as make_checkpoint.py writes it.
private func ramp(_ shape: Int...) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { Float($0) / 2 - 2 }, shape: shape)
}

@Suite struct CheckpointTests {
    @Test(arguments: ["types.safetensors", "pytorch_model.bin"])
    func everyFloatingPointTypeIsRead(file: String) throws {
        let weights = try WeightFile(file: Fixture.url("checkpoint/\(file)")).root
        for type in ["f64", "f32", "f16", "bf16"] {
            #expect(try weights["types"].tensor(type, 2, 3) == ramp(2, 3), "\(type)")
        }
        #expect(try weights.tensor("scalar") == ramp())
        #expect(try weights.tensor("empty", 0, 4).count == 0)
    }

    @Test func torchViewsAreReadThroughTheirStrides() throws {
        let weights = try WeightFile(file: Fixture.url("checkpoint/pytorch_model.bin")).root
        let storage = ramp(20).elements
        #expect(try weights.tensor("transposed", 4, 3) == ramp(3, 4).transposed([1, 0]))
        #expect(try weights.tensor("permuted", 4, 2, 3) == ramp(2, 3, 4).transposed([2, 0, 1]))
        #expect(try weights["view"].tensor("first", 2, 4) == Tensor(Array(storage[..<8]), shape: [2, 4]))
        #expect(try weights["view"].tensor("second", 12) == Tensor(Array(storage[8...]), shape: [12]))
        #expect(
            try weights["view"].tensor("strided", 7)
                == Tensor(stride(from: 1, to: 20, by: 3).map { storage[$0] }, shape: [7]))
        #expect(try weights.tensor("expanded", 2, 3) == Tensor([-2, -1.5, -1, -2, -1.5, -1], shape: [2, 3]))
        #expect(try weights.tensor("parameter", 4) == ramp(4))
    }

    @Test func theStateDictionaryOfATrainingCheckpointIsFound() throws {
        let checkpoint = try WeightFile(file: Fixture.url("checkpoint/nested.ckpt"))
        #expect(checkpoint.root.names == ["bias", "weight"])
        #expect(try checkpoint.root.tensor("weight", 2, 3) == ramp(2, 3))
        #expect(try checkpoint.root.tensor("bias", 2) == ramp(2))
        try checkpoint.requireFullyRead()
    }

    @Test func aPickleThatCallsAnythingElseIsRefused() {
        let url = Fixture.url("checkpoint/executing.bin")
        #expect(throws: CheckpointError.forbiddenGlobal(file: url.path(), name: "__builtin__.print")) {
            try WeightFile(file: url)
        }
    }

    @Test func shardsAreReadAsOne() throws {
        let checkpoint = try WeightFile(folder: Fixture.url("checkpoint/sharded"))
        #expect(checkpoint.root.names == ["a.weight", "b.weight"])
        #expect(try checkpoint.root["a"].tensor("weight", 2, 2) == ramp(2, 2))
        #expect(try checkpoint.root["b"].tensor("weight", 3) == ramp(3))
        try checkpoint.requireFullyRead()
        checkpoint.releasePages()
        #expect(try checkpoint.root["a"].tensor("weight", 2, 2) == ramp(2, 2))
    }

    @Test func missingMisshapenAndIntegerTensorsAreNamed() throws {
        let url = Fixture.url("checkpoint/types.safetensors")
        let weights = try WeightFile(file: url).root
        #expect(throws: CheckpointError.missing(file: url.path(), key: "types.f8", expected: [2, 3])) {
            try weights["types"].tensor("f8", 2, 3)
        }
        #expect(
            throws: CheckpointError.misshapen(file: url.path(), key: "types.f32", expected: [3, 2], found: [2, 3])
        ) {
            try weights["types"].tensor("f32", 3, 2)
        }
        #expect(throws: CheckpointError.wrongElementType(file: url.path(), key: "position_ids", found: "I64")) {
            try weights.tensor("position_ids", 5)
        }
        #expect(weights["types"].shape(of: "f32") == [2, 3])
        #expect(weights["types"].contains("f32") && !weights["types"].contains("f8"))
    }

    @Test func unreadTensorsAreNamed() throws {
        let url = Fixture.url("checkpoint/types.safetensors")
        let checkpoint = try WeightFile(file: url)
        for type in ["f64", "f16", "bf16"] { _ = try checkpoint.root["types"].tensor(type, 2, 3) }
        checkpoint.root.skip("position_ids")
        let error = CheckpointError.unread(file: url.path(), keys: ["empty", "flag", "scalar", "types.f32"])
        #expect(throws: error) { try checkpoint.requireFullyRead() }
        #expect("\(error)".hasSuffix("4 tensors that config.json does not account for: empty, flag, scalar, types.f32"))
    }

    @Test func theFileOfAFolderIsChosenByItsName() throws {
        func chosen(_ names: [String]) throws -> String {
            try Fixture.withTemporaryFolder { folder in
                let source = Fixture.url("checkpoint/types.safetensors")
                for name in names { try FileManager.default.copyItem(at: source, to: folder.appending(path: name)) }
                return URL(filePath: try WeightFile(folder: folder).path).lastPathComponent
            }
        }
        #expect(try chosen(["model.safetensors", "pytorch_model.bin"]) == "model.safetensors")
        #expect(
            try chosen(["diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors"])
                == "diffusion_pytorch_model.safetensors")
        #expect(try chosen(["model.fp16.safetensors"]) == "model.fp16.safetensors")
        #expect(throws: CheckpointError.self) { try chosen(["model.fp16.safetensors", "model.bf16.safetensors"]) }
        #expect(throws: CheckpointError.self) { try chosen([]) }
        #expect(throws: CheckpointError.self) { try WeightFile(folder: URL(filePath: "/nowhere")) }
    }

    @Test func indicesThatDoNotMatchTheirShardsAreRefused() throws {
        func open(_ map: [String: String]) throws {
            try Fixture.withTemporaryFolder { folder in
                for name in ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] {
                    try FileManager.default.copyItem(
                        at: Fixture.url("checkpoint/sharded/\(name)"), to: folder.appending(path: name))
                }
                let index = folder.appending(path: "model.safetensors.index.json")
                try JSONEncoder().encode(["weight_map": map]).write(to: index)
                _ = try WeightFile(folder: folder)
            }
        }
        let first = "model-00001-of-00002.safetensors"
        try open(["a.weight": first])
        #expect(throws: CheckpointError.self) { try open(["b.weight": first]) }
        #expect(throws: CheckpointError.self) { try open(["a.weight": "../\(first)"]) }
        #expect(throws: CheckpointError.self) { try open(["a.weight": "model.safetensors.index.json"]) }
        #expect(throws: CheckpointError.self) { try open(["a.weight": "model-00009-of-00002.safetensors"]) }
    }
}
