import Core
import Testing

@testable import Editing

@Suite struct PlanTests {
    @Test func regionsThatTouchAreOne() {
        #expect(PassagePlan.merged([50..<60, 0..<10, 10..<20, 55..<57]) == [0..<20, 50..<60])
    }

    @Test func aPassageIsAWindowWithTheRegionInItsMiddle() {
        #expect(
            PassagePlan.plans(for: [500..<600], window: 400, of: 10_000) == [
                PassagePlan(frames: 350..<750, regions: [500..<600])
            ])
        // At the ends of the file it is moved, and a short file is taken whole.
        #expect(PassagePlan.plans(for: [0..<100], window: 400, of: 10_000)[0].frames == 0..<400)
        #expect(PassagePlan.plans(for: [9900..<10_000], window: 400, of: 10_000)[0].frames == 9600..<10_000)
        #expect(PassagePlan.plans(for: [50..<60], window: 400, of: 300)[0].frames == 0..<300)
        #expect(PassagePlan.plans(for: [0..<300], window: 400, of: 300)[0].frames == 0..<300)
    }

    @Test func whatIsFarApartIsApartAndTheCostDoesNotKnowTheFile() {
        for count in [100_000, 100_000_000] {
            let plans = PassagePlan.plans(for: [1000..<1100, 1200..<1250, 50_000..<50_100], window: 400, of: count)
            #expect(plans.map(\.regions) == [[1000..<1100, 1200..<1250], [50_000..<50_100]])
            #expect(plans.map(\.frames) == [925..<1325, 49_850..<50_250])
        }
    }

    @Test func aLongRegionHasAQuarterWindowToEitherSide() {
        #expect(PassagePlan.plans(for: [1000..<9000], window: 400, of: 20_000)[0].frames == 900..<9100)
    }

    @Test(arguments: [1, 100, 128, 129, 300, 416, 417, 500, 5000, 270_000])
    func segmentsCoverALatentAndShareTheirEnds(_ cells: Int) {
        let plan = SegmentPlan(cells: cells, window: 128, single: 128)
        #expect(plan.segments.first?.lowerBound == 0)
        #expect(plan.segments.last?.upperBound == cells)
        for (a, b) in zip(plan.segments, plan.segments.dropFirst()) { #expect(a.upperBound - b.lowerBound == 32) }
        #expect(plan.segments.allSatisfy { $0.count <= 416 })
        if cells > 128 { #expect(plan.segments.allSatisfy { $0.count > 96 }) }
        if cells <= 416 { #expect(plan.segments.count == 1) }
        let drafted = SegmentPlan(cells: cells, window: 128, single: 128, isDrafted: true).segments
        #expect(drafted.allSatisfy { $0.count <= 240 })
        #expect(drafted.last?.upperBound == cells)
        for (a, b) in zip(drafted, drafted.dropFirst()) { #expect(a.upperBound - b.lowerBound == 16) }
    }

    let grid = MelGrid(.audioLDM, factor: 4)

    @Test func bandsOfTheGrid() {
        // Lower edges of latent bins 8 to 15 of AudioLDM's grid, in Hz.
        for (bin, hertz) in zip(8..., [1649.0, 1997, 2418, 2928, 3546, 4294, 5200, 6298]) {
            #expect(abs(grid.edges[4 * bin] - hertz) < 1)
        }
        #expect(grid.firstBand(above: 8000) == 64)
        #expect(grid.firstBand(above: 24_000) == 64)
        #expect(grid.firstBand(above: 0) == 0)
        let band = grid.firstBand(above: 4000)
        #expect(grid.edges[band + 2] > 4000 && grid.edges[band + 1] <= 4000)
    }

    @Test func framesUnderAWindow() {
        // Half a window is 512 samples, a hop 160: frame t hears samples t * 160 - 512 ..< t * 160 + 512.
        let touched = grid.frames(touching: 16_000..<16_160)
        for frame in 0..<300 {
            let window = frame * 160 - 511..<frame * 160 + 512
            #expect(touched.contains(frame) == window.overlaps(16_000..<16_160), "frame \(frame)")
        }
        #expect(grid.frames(touching: 0..<10).lowerBound == 0)
        #expect(grid.frames(centredIn: 320..<481) == 2..<4)
        #expect(grid.frames(centredIn: 321..<322) == 3..<3)
        #expect(grid.cells(over: 7..<9) == 1..<3)
    }

    @Test func aCellThatARegionTouchesIsMadeAnew() {
        let change = ChangeMap(spans: [10..<21], strength: .uniform(1), hidesSource: true, firstBand: 64)
        let map = change.strengths(cells: 0..<10, grid)
        for frame in 0..<10 { #expect(map[frame, 5] == ((2..<6).contains(frame) ? 1 : 0)) }
        // The map of a part is the part of the map.
        #expect(change.strengths(cells: 3..<9, grid) == map[frames: 3..<9])
    }

    @Test func aDullFileIsMadeAnewAboveItsCutoffAtAllTimes() {
        let change = ChangeMap(spans: [8..<12], strength: .uniform(1), hidesSource: true, firstBand: 42)
        let map = change.strengths(cells: 0..<5, grid)
        for frame in 0..<5 {
            for bin in 0..<16 { #expect(map[frame, bin] == (frame == 2 || bin >= 10 ? 1 : 0)) }
        }
    }

    @Test func theSourceComesBackWhereItIsKept() {
        let change = ChangeMap(spans: [10..<14], strength: .uniform(1), hidesSource: true, firstBand: 40)
        let source = Tensor(repeating: -3, shape: [1, 30, 64])
        var mel = Tensor(repeating: -9, shape: [1, 30, 64])
        change.paste(source, into: &mel, from: 0, grid)
        let values = mel.elements
        #expect(values[7 * 64] == -3 && values[6 * 64 + 39] == -3)
        #expect((10..<14).allSatisfy { values[$0 * 64] == -9 })
        #expect((0..<30).allSatisfy { values[$0 * 64 + 40] == -9 })
        #expect(values[9 * 64] < -3 && values[9 * 64] > -9)
    }

    @Test func aBridgeLeadsOverWhatIsUnknown() {
        let change = ChangeMap(spans: [2..<5], strength: .uniform(1), hidesSource: true, firstBand: 64)
        let rows = (0..<8).map { Float($0 < 2 ? 1 : $0 < 5 ? 100 : 5) }
        let mel = Tensor(rows.flatMap { [Float](repeating: $0, count: 64) }, shape: [1, 8, 64])
        let bridged = change.bridged(mel, from: 0).elements
        #expect((0..<8).map { bridged[$0 * 64] } == [1, 1, 2, 3, 4, 5, 5, 5])
        // At an end it holds what there is.
        let end = ChangeMap(spans: [5..<8], strength: .uniform(1), hidesSource: true, firstBand: 64).bridged(
            mel, from: 0
        ).elements
        #expect(end[7 * 64] == 100)
        // What changes by degrees is not hidden.
        #expect(
            ChangeMap(spans: [2..<5], strength: .uniform(0.5), hidesSource: false, firstBand: 64).bridged(mel, from: 0)
                == mel)
    }
}
