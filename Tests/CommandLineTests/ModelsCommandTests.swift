import Foundation
import TestSupport
import Testing

/// `edit-cli models`, and original files as models.
@Suite struct ModelsCommandTests {
    /// A workplace with an original file and a vocabulary beside it.
    private func workplace(tokenizer: Bool = true) throws -> Workplace {
        let workplace = try Workplace()
        try FileManager.default.createSymbolicLink(
            at: workplace.url("tiny.ckpt"), withDestinationURL: Fixture.url("original/tiny.ckpt"))
        if tokenizer {
            try FileManager.default.createSymbolicLink(
                at: workplace.url("tokenizer"), withDestinationURL: Fixture.url("networks/pipeline/tokenizer"))
        }
        return workplace
    }

    @Test func originalFilesGenerateAndFillByTheirSurroundings() throws {
        let workplace = try workplace()
        try workplace.makeSound("sound.wav", seconds: 2)
        for words in [
            ["generate", "rain", "-o", "new.wav", "--duration", "0.5", "--takes", "2", "--steps", "4"],
            ["inpaint", "sound.wav", "-o", "filled.wav", "--region", "0.8-1.1", "--strength", "1", "--steps", "4"],
        ] {
            let outcome = try Program.run(words + ["--model", "tiny.ckpt"], in: workplace.folder.url)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.networkCalls ?? 0 > 0)
        }
        let (made, source) = (try workplace.read("filled.wav").samples[0], try workplace.read("sound.wav").samples[0])
        let isKept = made[..<12_000] == source[..<12_000] && made[18_000...] == source[18_000...]
        #expect(isKept && made.count == source.count)
        #expect(made[13_000..<17_000] != source[13_000..<17_000])
    }

    @Test func aConvertedFolderMakesTheSameSound() throws {
        let workplace = try workplace()
        let converted = try workplace.run("models", "convert", "tiny.ckpt", "made")
        #expect(converted.status == 0, "\(converted.errors)")
        #expect(converted.output.contains("passed over  "))
        #expect(converted.output.contains("unet         the averaged weights"))
        for (model, name) in [("tiny.ckpt", "a.wav"), ("made", "b.wav")] {
            let outcome = try workplace.run(
                "generate", "rain", "-o", name, "--duration", "0.5", "--takes", "1", "--steps", "4", "--model", model)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        let (one, other) = (try workplace.read("a.wav").samples, try workplace.read("b.wav").samples)
        #expect(one == other)
    }

    @Test func checkSaysWhatAModelIs() throws {
        let workplace = try workplace()
        let original = try workplace.run("models", "check", "tiny.ckpt", "--tensors")
        #expect(original.status == 0, "\(original.errors)")
        for words in [
            "kind           an original file, with averaged weights; ",
            "heads          1, 2, as AudioLDM's are trained",
            "verdict        sound", "unet  conv_in.weight  F16 [32, 4, 3, 3]", "generate: about 0.",
            "inpaint by what is around the gap, or by a prompt",
        ] { #expect(original.output.contains(words), "\(words)") }
        let folder = try workplace.run("models", "check", Workplace.model)
        #expect(folder.status == 0, "\(folder.errors)")
        #expect(folder.output.contains(/checksums +no SHA256SUMS in it/))
        #expect(try workplace.run("models", "check", "--quiet").output == "")
    }

    @Test func whatIsWrongWithAModelIsTheExitStatus() throws {
        let workplace = try workplace()
        #expect(try workplace.run("models", "convert", "tiny.ckpt", "made", "--quiet").status == 0)
        try Data("{}".utf8).write(to: workplace.url("made/vae/config.json"))
        let broken = try workplace.run("models", "check", "made")
        #expect(broken.status == 1)
        #expect(broken.errors.contains("vae/config.json"))
        #expect(try workplace.run("models", "convert", "tiny.ckpt", "again", "--quiet").status == 0)
        try Data("?".utf8).write(to: workplace.url("again/SHA256SUMS.tmp"))
        try FileManager.default.removeItem(at: workplace.url("again/vocoder/model.safetensors"))
        let flawed = try workplace.run("models", "check", "again")
        #expect(flawed.status == 1)
        #expect(flawed.errors == "")
        #expect(flawed.output.contains("verdict        2 flaws"))
    }

    @Test func errorsNameWhatToDo() throws {
        let workplace = try workplace(tokenizer: false)
        try workplace.expectFailure(
            "generate", "rain", "-o", "x.wav", "--model", "tiny.ckpt",
            message:
                "tiny.ckpt: not a model: the vocabulary of its text encoder, RoBERTa's vocab.json and merges.txt, is not in such "
                + "files: put it into tokenizer/ beside it, or convert it by edit-cli models convert with --tokenizer")
        try workplace.expectFailure(
            "models", "convert", "tiny.ckpt", "made",
            message:
                "tiny.ckpt: not a model: the vocabulary of its text encoder, RoBERTa's vocab.json and merges.txt, is not in such "
                + "files: name its folder with --tokenizer, or put it into tokenizer/ beside the file")
        try workplace.expectFailure(
            "models", "convert", "none.ckpt", "made", message: "none.ckpt: not a model: there is no such folder or file"
        )
        try workplace.expectFailure(
            "models", "check", "none", message: "none: not a model: there is no such folder or file")
        try workplace.expectFailure(
            "models", "pull", "audioldm-s-full-v2", "--hub", "http://example.com",
            message: "--hub: http://example.com: the address of a hub is expected, as https://host")
        try workplace.expectFailure(
            "models", "pull", "nobody", "--hub", "http://127.0.0.1:9",
            message: "nobody: the name of a model is expected, as owner/model")
        let unreachable = try workplace.run("models", "pull", "a/b", "--hub", "http://127.0.0.1:9")
        #expect(unreachable.status == 1)
        #expect(unreachable.errors.hasPrefix("edit-cli: http://127.0.0.1:9/api/models/a/b/revision/main?blobs=true: "))
    }

    @Test func aModelIsPulledAndUsed() throws {
        let published = try PublishedFolder(Fixture.url("default-like"), as: "cvssp/audioldm-s-full-v2")
        let server = try HubServer { published.response(to: $0) }
        let workplace = try Workplace()
        try workplace.expectFailure(
            "models", "pull", "audioldm-s-full-v2", "--hub", server.address,
            message:
                "cvssp/audioldm-s-full-v2: its licence is cc-by-nc-sa-4.0, no commercial use; to accept it, give --accept-licence"
        )
        let pulled = try workplace.run(
            "models", "pull", "audioldm-s-full-v2", "--hub", server.address, "--accept-licence", "--json-progress")
        #expect(pulled.status == 0, "\(pulled.errors)")
        #expect(pulled.output.contains("licence  cc-by-nc-sa-4.0"))
        #expect(pulled.errors.contains(#""fraction":1"#))
        #expect(try workplace.run("models", "check", "audioldm-s-full-v2").output.contains("files in SHA256SUMS"))
        let made = try workplace.run(
            "generate", "rain", "-o", "x.wav", "--duration", "0.5", "--steps", "4", "--model", "audioldm-s-full-v2")
        #expect(made.status == 0, "\(made.errors)")
        let list = try workplace.run("models", "list")
        #expect(list.output.contains(/cvssp\/audioldm-s-full-v2 +185 M +cc-by-nc-sa-4.0 +audioldm-s-full-v2/))
        try workplace.expectFailure(
            "models", "pull", "audioldm-s-full-v2", "--hub", server.address, "--accept-licence",
            message: "audioldm-s-full-v2: there is something of that name already; name another folder with --output")
    }

    @Test func listNamesWhatIsHere() throws {
        let workplace = try workplace()
        try Data("no checkpoint".utf8).write(to: workplace.url("odd.pth"))
        let list = try workplace.run("models", "list")
        #expect(list.status == 0, "\(list.errors)")
        #expect(list.output.contains(/(?m)^default +\d+ M +cc-by-sa-4.0 +bundled/))
        #expect(list.output.contains(/(?m)^tiny.ckpt +1 M +\? +yes$/))
        #expect(list.output.contains(/(?m)^odd.pth +\? +\? +yes +cannot be opened: edit-cli models check says why$/))
        try workplace.expectFailure(
            "models", "list", "nowhere", status: 64, message: "nowhere: there is no such folder")
    }
}
