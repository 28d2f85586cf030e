import Editing
import Testing

@Suite struct RegionParsingTests {
    @Test(
        arguments: [
            ("2.5-3", 2.5, 3), ("0-0.25", 0, 0.25), ("1:02.5-1:03.75", 62.5, 63.75), ("59-1:01", 59, 61),
            ("1:00:00-1:00:07.25", 3600, 3607.25), ("90:00-1:31:00", 5400, 5460), ("100-200", 100, 200), ("3-2", 3, 2),
            ("5.-6", 5, 6), ("0:0:1-0:0:2", 1, 2),
        ] as [(String, Double, Double)])
    func timesAreSecondsOrClockTimes(text: String, start: Double, end: Double) {
        #expect(Region(text) == Region(start: start, end: end))
    }

    @Test(
        arguments: [
            "", "-", "1", "1-", "-1", "1-2-3", "-1-2", "a-b", "1:60-2:00", "1:00:60-2:00:00", "1:60:00-2:00:00",
            "1:2:3:4-5", ":1-2", "1:-2", "nan-inf", "1e3-2e3", "0x1-0x2", "+1-2", "1.5:00-2:00", "1..5-2", " 1-2",
            "1 - 2",
            "١-٢", ".5-1", "1,5-2",
        ])
    func anythingElseIsRefused(text: String) {
        #expect(Region(text) == nil)
    }

    @Test func theDescriptionReadsBack() throws {
        #expect(Region(start: 2.4, end: 3).description == "2.4-3")
        #expect(Region(start: 1e-5, end: 1.0 / 3).description == "0.00001-0.333333")
        let region = Region(start: 3661.25, end: 1_000_000)
        #expect(Region(region.description) == region)
    }
}
