import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Core

@Suite struct NetworkVocoderTests {
    private func vocoder(_ name: String) throws -> any Vocoder {
        let fixture = NetworkFixture(name)
        let configuration: VocoderConfiguration = try fixture.configuration()
        return try fixture.network { try configuration.vocoder($0, .audioLDM) }
    }

    /// The same weights as they are, and in the two forms of weight normalisation.
    @Test(arguments: ["hifi-gan", "hifi-gan-weight-norm", "hifi-gan-parametrized"])
    func hifiGanSoundsAsInTransformers(_ name: String) throws {
        let expected = try NetworkFixture("hifi-gan").expected()
        let vocoder = try vocoder(name)
        let waveform = vocoder(try expected["mel"])
        #expect(try mismatch(waveform, expected["waveform"]) == nil)
    }

    @Test func vocosSoundsAsItsReference() throws {
        let expected = try NetworkFixture("vocos").expected()
        let vocoder = try vocoder("vocos")
        #expect(vocoder.hopSize == 10)
        for index in 0..<3 {
            let waveform = vocoder(try expected["mel.\(index)"])
            #expect(try mismatch(waveform, expected["waveform.\(index)"], absolute: 1e-4) == nil, "mel \(index)")
        }
    }

    /// With an input brought around 0, noise, and phases counted from one moment.
    @Test func vocosWithExtrasSoundsAsItsReference() throws {
        let expected = try NetworkFixture("vocos-extras").expected()
        let vocoder = try vocoder("vocos-extras")
        for first in [0, 1001] {
            let waveform = vocoder(try expected["mel.\(first)"], from: first)
            #expect(try mismatch(waveform, expected["waveform.\(first)"], absolute: 1e-4) == nil, "from \(first)")
        }
    }

    /// A part of a sound, given its place, is the same as in the whole.
    @Test func aPartIsTheSameAsInTheWhole() throws {
        let vocoder = try vocoder("vocos-extras")
        let (context, hop) = (vocoder.contextFrames, vocoder.hopSize)
        var random = TestRandom(seed: 4)
        let mel = random.tensor(1, 4 * context, vocoder.melBins)
        let whole = vocoder(mel).elements
        let part = vocoder(mel.sliced(axis: 1, context..<4 * context), from: context).elements
        let kept = Array(part[context * hop..<2 * context * hop])
        let expected = Array(whole[2 * context * hop..<3 * context * hop])
        #expect(
            mismatch(Tensor(kept, shape: [kept.count]), Tensor(expected, shape: [kept.count]), absolute: 1e-4) == nil)
    }

    /// A frame further away than `contextFrames` changes nothing: the editor relies on it to vocode only the surroundings of an edit.
    @Test(arguments: ["hifi-gan", "vocos"])
    func nothingBeyondTheContextMatters(_ name: String) throws {
        let vocoder = try vocoder(name)
        let frames = 4 * vocoder.contextFrames
        var random = TestRandom(seed: 3)
        let mel = random.tensor(1, frames, vocoder.melBins)
        var changed = mel.elements
        for bin in 0..<vocoder.melBins { changed[bin] += 1 }
        let (before, after) = (vocoder(mel).elements, vocoder(Tensor(changed, shape: mel.shape)).elements)
        let reached = before.indices.last { before[$0] != after[$0] } ?? 0
        #expect(reached > 0)
        #expect(reached < (vocoder.contextFrames + 1) * vocoder.hopSize)
    }

    /// A vocoder that makes nothing.
    private struct SilentVocoder: Vocoder {
        let samplingRate = 16_000
        let melBins = 40
        let hopSize = 160
        let contextFrames = 3

        func callAsFunction(_ mel: Tensor, from first: Int) -> Tensor {
            .zeros([mel.shape[0], mel.shape[1] * hopSize])
        }
    }

    private let frontEnd = FrontEnd(
        samplingRate: 16_000, fftSize: 640, windowSize: 640, hopSize: 160, melBins: 40, lowestHz: 0,
        highestHz: 8000, gain: 1, floor: 1e-5)

    private func power(_ samples: some Sequence<Float>) -> Float { samples.reduce(0) { $0 + $1 * $1 } }

    /// What a template has the log-mel of stays as the template is; a louder log-mel makes it louder and keeps its shape; away from it all is
    /// as without it.
    @Test(arguments: [Float(0), 0.7]) func aTemplateKeepsItsFineStructure(louder: Float) throws {
        let vocoder = MelMatchedVocoder(
            base: SilentVocoder(), matching: MelMatching(frontEnd, rounds: 6), matchesAll: true)
        var random = TestRandom(seed: 4)
        let (frames, origin) = (100, 50)
        let sound = random.tensor(frames * 160).elements
        let mel = LogMel(frontEnd)(sound).sliced(axis: 0, 0..<frames).reshaped([1, frames, 40]) + louder
        // From frame 40 of the stretch on, and beyond its end.
        let template = SampleTemplate(
            start: (origin + 40) * 160, samples: sound[(40 * 160)...] + random.tensor(1600).elements)
        let made = vocoder(mel, from: origin, templates: [template]).elements
        let inside = 50 * 160..<90 * 160
        let rest = inside.map { made[$0] - exp(louder) * sound[$0] }
        #expect(power(rest) < 0.01 * exp(2 * louder) * power(sound[inside]))
        let plain = vocoder(mel, from: origin).elements
        #expect(made[..<(10 * 160)] == plain[..<(10 * 160)])
        #expect(vocoder(mel, from: origin, templates: []).elements == plain)
        #expect(power(plain[inside]) < 1e-10)
    }

    /// A vocoder whose samples say where they are, and which counts the frames that it was given.
    private struct CountingVocoder: Vocoder {
        final class Heard: Sendable {
            let frames = Mutex(0)
        }

        let samplingRate = 16_000
        let melBins = 40
        let hopSize = 160
        let contextFrames = 3
        let heard = Heard()

        func callAsFunction(_ mel: Tensor, from first: Int) -> Tensor {
            heard.frames.withLock { $0 += mel.shape[1] }
            let places = first * hopSize..<(first + mel.shape[1]) * hopSize
            return Tensor(places.map { Float($0) / 1000 }, shape: [1, places.count])
        }
    }

    /// A vocoder that does not bring its own sound to the log-mel, as HiFi-GAN, has it byte for byte away from templates; under them it makes nothing.
    @Test func aVocodersOwnSoundStaysAsItIsBesideATemplate() throws {
        let base = CountingVocoder()
        let vocoder = MelMatchedVocoder(base: base, matching: MelMatching(frontEnd, rounds: 6), matchesAll: false)
        var random = TestRandom(seed: 5)
        let (frames, origin) = (120, 30)
        let sound = random.tensor(frames * 160).elements
        let mel = LogMel(frontEnd)(sound).sliced(axis: 0, 0..<frames).reshaped([1, frames, 40])
        let plain = vocoder(mel, from: origin).elements
        #expect(plain == base(mel, from: origin).elements)
        #expect(vocoder.contextFrames == 3 && vocoder.templateContextFrames > 3)
        let covered = 40 * 160..<100 * 160
        let template = SampleTemplate(start: origin * 160 + covered.lowerBound, samples: Array(sound[covered]))
        base.heard.frames.withLock { $0 = 0 }
        let made = vocoder(mel, from: origin, templates: [template]).elements
        // 40 and 20 frames without a template, 4 at each of its ends where it fades in, and 3 that are heard beside those.
        let heard = base.heard.frames.withLock { $0 }
        #expect(heard == 40 + 20 + 2 * (4 + 3))
        #expect(made[..<covered.lowerBound] == plain[..<covered.lowerBound])
        #expect(made[covered.upperBound...] == plain[covered.upperBound...])
        let inside = 55 * 160..<85 * 160
        let rest: [Float] = inside.map { made[$0] - sound[$0] }
        #expect(power(rest) < 0.01 * power(sound[inside]))
    }

    /// The bands above those that a template is levelled in stay as they are in it, whatever the log-mel says.
    @Test func aTemplatesUpperBandsStayAsTheyAre() throws {
        let vocoder = MelMatchedVocoder(
            base: SilentVocoder(), matching: MelMatching(frontEnd, rounds: 6), matchesAll: true)
        var random = TestRandom(seed: 6)
        let sound = random.tensor(100 * 160).elements
        var mel = LogMel(frontEnd)(sound).sliced(axis: 0, 0..<100).reshaped([1, 100, 40]).elements
        for index in mel.indices where index % 40 >= 30 { mel[index] += 2 }
        let made = [30, Int.max].map { bands in
            vocoder(
                Tensor(mel, shape: [1, 100, 40]), from: 0,
                templates: [SampleTemplate(start: 0, samples: sound, levelledBands: bands)]
            ).elements
        }
        let rests = made.map { made in power((20 * 160..<80 * 160).map { made[$0] - sound[$0] }) }
        #expect(rests[0] < 0.01 * power(sound[20 * 160..<80 * 160]))
        #expect(rests[1] > power(sound[20 * 160..<80 * 160]))
    }

    /// What the kinds of vocoders do with templates: each has them brought to the log-mel, and HiFi-GAN leaves its own sound alone.
    @Test(arguments: ["hifi-gan", "vocos-extras"]) func allKindsTakeTemplates(_ name: String) throws {
        let vocoder = try #require(try vocoder(name) as? MelMatchedVocoder)
        #expect(vocoder.matching.rounds > 0)
        #expect(!vocoder.matchesAll)
    }

    @Test func melMatchingIsAsItsReference() throws {
        let expected = try NetworkFixture("mel-matching").expected()
        let frontEnd = FrontEnd(
            samplingRate: 16_000, fftSize: 192, windowSize: 192, hopSize: 40, melBins: 9, lowestHz: 0, highestHz: 5000,
            gain: 0.5, floor: 1e-5)
        let matching = MelMatching(frontEnd, rounds: 4)
        for item in 0..<2 {
            let (mel, samples) = (
                try expected["mel"].sliced(axis: 0, item..<item + 1),
                try expected["samples"].sliced(axis: 0, item..<item + 1)
            )
            let matched = matching(samples.elements, to: mel.reshaped([mel.shape[1], mel.shape[2]]))
            let reference = try expected["matched"].sliced(axis: 0, item..<item + 1).reshaped([matched.count])
            #expect(mismatch(Tensor(matched, shape: [matched.count]), reference, absolute: 1e-4) == nil, "item \(item)")
        }
    }
}
