import Core
import TestSupport
import Testing

@testable import Editing

/// What a gap is filled with at first: the passage of its surroundings that fits.
@Suite struct NearestPassageTests {
    static let bands = 10

    /// A log-mel [1, frames, bands] of a value for each frame and band.
    private func mel(_ frames: Int, _ value: (_ frame: Int, _ band: Int) -> Float) -> Tensor {
        Tensor(
            (0..<frames * Self.bands).map { value($0 / Self.bands, $0 % Self.bands) }, shape: [1, frames, Self.bands])
    }

    private func draft(of mel: Tensor, gap: Range<Int>, bands: Int = bands) -> [Float]? {
        NearestPassage(mel, known: [0..<gap.lowerBound, gap.upperBound..<mel.shape[1]], bands: bands).draft(for: gap)?
            .mel
    }

    private func largestError(_ draft: [Float], from frame: Int, _ value: (Int, Int) -> Float) -> Float {
        draft.indices.map { abs(draft[$0] - value(frame + $0 / Self.bands, $0 % Self.bands)) }.max() ?? .infinity
    }

    @Test(arguments: [13, 37, 60])
    func aRhythmGoesOn(_ period: Int) throws {
        func value(_ frame: Int, _ band: Int) -> Float { frame % period < 3 ? -2 - Float(band) / 4 : -6 }
        let gap = 200..<290
        let source = mel(500) { gap.contains($0) ? 0 : value($0, $1) }
        let made = try #require(draft(of: source, gap: gap))
        // A stroke in the first or last moments comes in softly.
        #expect(largestError(Array(made[8 * Self.bands..<82 * Self.bands]), from: 208, value) < 1e-4)
    }

    /// What is in the gap is what the user wants to be rid of.
    @Test func theGapItselfIsNotHeard() throws {
        var random = TestRandom(seed: 8)
        let noise = random.tensor(1, 400, Self.bands)
        let gap = 150..<210
        func changed(by step: Float) -> Tensor {
            mel(400) { noise.elements[$0 * Self.bands + $1] + (gap.contains($0) ? step : 0) }
        }
        let drafts = try [0, 5].map { try #require(draft(of: changed(by: $0), gap: gap)) }
        #expect(drafts[0] == drafts[1])
    }

    /// The sound grows softer: its passage comes from before or after, and is brought to the level in between.
    @Test func theLevelLeadsFromOneEndToTheOther() throws {
        func value(_ frame: Int, _ band: Int) -> Float { -1 - Float(frame) / 200 }
        let gap = 200..<300
        let made = try #require(draft(of: mel(500, value), gap: gap))
        #expect(largestError(made, from: 200, value) < 0.1)
    }

    /// A loud moment goes on in the gap as another like it did, but less loud where most of the second around is soft: three quarters of the
    /// way, and no more than 0.7 nepers.
    @Test(arguments: [(Float(0.6), 160..<290, Float(0.15)), (3, 160..<290, 2.3), (3, 120..<330, 3)])
    func aDraftIsDrawnToTheMedianLevel(_ step: Float, _ loud: Range<Int>, _ expected: Float) throws {
        let gap = 200..<250
        let source = mel(900) { frame, _ in loud.contains(frame) || (600..<730).contains(frame) ? step - 5 : -5 }
        let made = try #require(draft(of: source, gap: gap))
        // At its edges it leaves what is there by a step for each frame.
        let inner = made[10 * Self.bands..<40 * Self.bands]
        #expect(inner.allSatisfy { abs($0 - (expected - 5)) < 1e-4 })
    }

    /// Silence before the gap and a loud sound after it, farther apart than the steps in which a draft leaves its sides.
    @Test(arguments: [false, true])
    func sidesThatLieFarApartStayWhatTheyAre(isMirrored: Bool) throws {
        let gap = 300..<330
        let source = mel(660) { frame, _ in
            let place = isMirrored ? 629 - frame : frame
            return place % 100 < 15 || place % 100 >= 65 ? -10 : 0
        }
        let made = try #require(draft(of: source, gap: gap))
        let ends = [made.prefix(3 * Self.bands), made.suffix(3 * Self.bands)]
        #expect(ends[isMirrored ? 1 : 0].allSatisfy { $0 < -8 } && ends[isMirrored ? 0 : 1].allSatisfy { $0 > -2 })
    }

    /// The sound around the gap is louder than around the passage, but the burst in it gets no louder than it was.
    @Test func noBurstIsLouderThanThePassageItCameFrom() throws {
        func value(_ frame: Int, _ band: Int) -> Float {
            // A cue, and a burst 20 frames later.
            let phase = frame % 150
            let level: Float =
                switch phase {
                case 0..<5: -4
                case 25..<28: -1
                default: -8 + Float((7 * phase * phase + 3 * band) % 11) / 11
                }
            return level + ((210..<460).contains(frame) ? 0.2 : 0)
        }
        let gap = 310..<360
        let made = try #require(draft(of: mel(750, value), gap: gap))
        let loudest = made.max() ?? 0
        #expect((-1.2)...(-0.999) ~= loudest, "\(loudest)")
    }

    /// A cue is followed by one event, and before another comes a second event; between these cues the sound never was.
    @Test func bothSidesMayComeFromDifferentPassages() throws {
        enum Part { case cue, event, otherCue, otherEvent, rest }
        // The gap lies between the last of the cues and the first of the others that come after it.
        let (cues, otherCues) = ([50, 190, 400], [300, 480, 640])
        func part(_ frame: Int) -> Part {
            if cues.contains(where: { ($0..<$0 + 10).contains(frame) }) { return .cue }
            if cues.contains(where: { ($0 + 20..<$0 + 25).contains(frame) }) { return .event }
            if otherCues.contains(where: { ($0..<$0 + 10).contains(frame) }) { return .otherCue }
            if otherCues.contains(where: { ($0 - 20..<$0 - 15).contains(frame) }) { return .otherEvent }
            return .rest
        }
        func value(_ frame: Int, _ band: Int) -> Float {
            switch part(frame) {
            case .cue: band < 3 ? -1 : -6
            case .event: band < 3 ? -6 : -2
            case .otherCue: band > 6 ? -1 : -6
            case .otherEvent: band > 6 ? -6 : -2
            case .rest: -6
            }
        }
        let gap = 412..<478
        let source = mel(700) { gap.contains($0) ? 0 : value($0, $1) }
        #expect(largestError(try #require(draft(of: source, gap: gap)), from: gap.lowerBound, value) < 0.3)
    }

    /// What is right beside the gap is alike everywhere; the beat, which is slower than that, tells when the next stroke is due.
    @Test func anEventComesWhenItIsTimeForIt() throws {
        var random = TestRandom(seed: 5)
        let noise = random.tensor(1, 900, Self.bands).elements
        func value(_ frame: Int, _ band: Int) -> Float {
            frame % 173 < 4 ? -1 : -5 + 0.05 * noise[frame * Self.bands + band]
        }
        let gap = 480..<570  // The stroke at 519, and 42 frames to the stroke before, 120 to the one after.
        let source = mel(900) { gap.contains($0) ? 0 : value($0, $1) }
        let made = try #require(draft(of: source, gap: gap))
        let strokes = (0..<gap.count).filter { made[$0 * Self.bands] > -2 }.map { $0 + gap.lowerBound }
        #expect(strokes == [519, 520, 521, 522], "\(strokes)")
    }

    /// Nothing in the sound goes on from a silence like that before the gap: what is taken comes in by 1 dB in 10 ms.
    @Test func nothingBeginsAsIfCutOff() throws {
        let gap = 200..<260
        func value(_ frame: Int, _ band: Int) -> Float { -2 + 0.3 * Float((frame * 7 + band) % 5) }
        let source = mel(600) { (190..<200).contains($0) ? -8.5 : value($0, $1) }
        for isReversed in [false, true] {
            func turned(_ frame: Int, of count: Int) -> Int { isReversed ? count - 1 - frame : frame }
            let sound = mel(600) { source.elements[turned($0, of: 600) * Self.bands + $1] }
            let made = try #require(draft(of: sound, gap: isReversed ? 340..<400 : gap))
            func row(_ frame: Int) -> ArraySlice<Float> {
                let frame = turned(frame, of: gap.count)
                return made[frame * Self.bands..<(frame + 1) * Self.bands]
            }
            for frame in [0, 9, 40] {
                #expect(row(frame).allSatisfy { abs($0 - (-8.5 + 0.12 * Float(frame + 1))) < 1e-3 }, "frame \(frame)")
            }
        }
    }

    @Test func silenceStaysSilence() throws {
        // Words of 40 frames, pauses of 60, which do not come at equal distances; the gap lies in a pause.
        let starts = [10, 90, 210, 330, 450, 520]
        func value(_ frame: Int, _ band: Int) -> Float {
            starts.contains { ($0..<$0 + 40).contains(frame) } ? -2 + 0.3 * Float((frame * 7 + band) % 5) : -11
        }
        let made = try #require(draft(of: mel(600, value), gap: 260..<320))
        #expect(made.allSatisfy { $0 < -10 })
    }

    @Test func bandsThatAreNotKnownAreLeftOut() throws {
        let gap = 100..<120
        let made = try #require(draft(of: mel(300) { Float($0 % 20) - Float($1) }, gap: gap, bands: 4))
        #expect(made.count == gap.count * 4)
    }

    @Test func aPassageOfTheLengthHasToBeKnown() {
        let source = mel(100) { _, _ in -3 }
        #expect(draft(of: source, gap: 40..<70) != nil)
        #expect(draft(of: source, gap: 20..<70) == nil)
        // Nothing at all to compare with.
        #expect(NearestPassage(source, known: [60..<100], bands: Self.bands).draft(for: 10..<20)?.mel == nil)
    }

    @Test func aDraftTakesTheGapsPlaceAndIsChangedInPart() {
        let grid = MelGrid(.audioLDM, factor: 4)
        let source = Tensor(repeating: -5, shape: [1, 40, 64])
        var change = ChangeMap(spans: [8..<12, 20..<24], strength: .uniform(1), hidesSource: true, firstBand: 64)
        change.drafts = [
            ChangeMap.Draft(span: 20..<24, strength: 0.4, mel: (0..<4 * 64).map { Float($0 / 64) })
        ]
        let map = change.strengths(cells: 0..<10, grid)
        #expect((0..<10).map { map[$0, 0] } == [0, 0, 1, 0, 0, 0.4, 0, 0, 0, 0])
        for start in [0, 22] {
            let bridged = change.bridged(source.sliced(axis: 1, start..<40), from: start).elements
            let frames = (start..<40).map { bridged[($0 - start) * 64] }
            #expect(frames == (start..<40).map { (20..<24).contains($0) ? Float($0 - 20) : -5 })
        }
    }

    /// Above a dull source's end the change map asks the model what is there, and lets it be changed in part.
    @Test func theBandAboveACutOffHasAFirstVersion() throws {
        let loaded = try JobFixture.editor().loaded
        var change = ChangeMap(spans: [], strength: .uniform(1), hidesSource: true, firstBand: 40)
        change.upper = try ChangeMap.Upper(loaded, strength: 0.4)
        let bandExtension = try #require(try loaded.model.bandExtension())
        let map = change.strengths(cells: 0..<4, loaded.grid)
        #expect((0..<loaded.grid.bins).map { map[2, $0] } == (0..<20).map { $0 < 10 ? 0 : 0.4 })
        var random = TestRandom(seed: 6)
        let mel = random.tensor(1, 16, 80)
        #expect(change.bridged(mel, from: 0) == bandExtension(mel, above: 40))
    }
}
