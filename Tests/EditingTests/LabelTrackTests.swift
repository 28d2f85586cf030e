import Core
import Editing
import Foundation
import TestSupport
import Testing

@Suite struct SoundTimeTests {
    @Test(
        arguments: [
            ("500ms-750ms", 0.5, 0.75), ("0.5ms-1s", 0.0005, 1.0 / 8000), ("8000s-12000s", 1, 1.5),
            ("-1.5-end", 8.5, 10),
            ("-1.5--0.5", 8.5, 9.5), ("2--1:00", 2, -50), ("-500ms--80s", 9.5, 9.99), ("0-end", 0, 10),
            ("1:02.5-1:03.75", 62.5, 63.75),
        ] as [(String, Double, Double)])
    func timesAreOfASound(text: String, start: Double, end: Double) throws {
        let region = try #require(TimeSpan(text)).region(rate: 8000, frames: 80_000)
        #expect(abs(region.start - start) < 1e-12 && abs(region.end - end) < 1e-12, "\(region)")
    }

    @Test(
        arguments: [
            "", "1", "end", "1-", "-1", "1-2-3", "1.5s-2s", "ms-1", "s-1", "1m-2", "1-2 s", "--1-2", "end-end-",
            "1e3ms-2",
        ])
    func anythingElseIsRefused(text: String) {
        #expect(TimeSpan(text) == nil)
    }

    /// A sample's place comes back as that sample at every rate.
    @Test(arguments: [8000, 11_025, 44_100, 48_000, 192_000]) func samplesAreExact(rate: Int) throws {
        for frame in [1, 7, 44_099, 123_457, 9_999_999] {
            let span = try #require(TimeSpan("\(frame)s-\(frame + 1)s"))
            let region = span.region(rate: rate, frames: 20_000_000)
            #expect(Int((region.start * Double(rate)).rounded()) == frame)
            #expect(Int((region.end * Double(rate)).rounded()) == frame + 1)
        }
    }
}

@Suite struct LabelTrackTests {
    private func labels(_ text: String) throws -> [Label] {
        try LabelTrack(Array(text.utf8), name: "list").labels(rate: 8000, frames: 80_000)
    }

    @Test func audacitysAreRead() throws {
        let found = try labels(
            "0.500000\t0.750000\tcough\r\n\\\t500.0\t3000.0\r\n2.0\t2.0\ta \"click\", here\r\n3\t4\t\r\n")
        #expect(
            found == [
                Label(start: 0.5, end: 0.75, band: 500...3000, text: "cough"),
                Label(start: 2, end: 2, text: "a \"click\", here"), Label(start: 3, end: 4),
            ])
    }

    @Test(
        arguments: [
            ("start,end,text\n0.5,0.75,cough\n", "cough"),
            ("0.5,0.75,cough\n", "cough"), ("0,5;0,75;cough\n", "cough"), ("0,5\t0,75\tcough\n", "cough"),
            ("#,Name,Start,End,Length\nR1,\"a, b\",0:00.5,0:00.75,0:00.25\n", "a, b"),
            (
                "Name\tStart\tDuration\tTime Format\tType\tDescription\ncough\t0:00.500\t0:00.250\tdecimal\tCue\t\n",
                "cough"
            ),
            ("Start;Duration;Text\n4000s;2000s;cough", "cough"), ("500ms,750ms,cough", "cough"),
            ("\u{FEFF}0.5,0.75,cough\n\n", "cough"),
        ])
    func tablesAreRead(text: String, name: String) throws {
        #expect(try labels(text) == [Label(start: 0.5, end: 0.75, text: name)])
    }

    @Test func otherAlphabetsAreRead() throws {
        let utf16 = Array("0.5\t0.75\thusten \u{E4}\n".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let windows = Array("0.5\t0.75\thusten ".utf8) + [0xE4, 10]
        for bytes in [[0xFF, 0xFE] + utf16, windows] {
            let found = try LabelTrack(bytes, name: "list").labels(rate: 8000, frames: 80_000)
            #expect(found == [Label(start: 0.5, end: 0.75, text: "husten \u{E4}")])
        }
    }

    @Test(
        arguments: [
            ("0.5\tlater\tx\n", "list, line 1: an end in seconds or h:mm:ss expected, found 'later'"),
            ("1\t2\tx\nsoon\t3\n", "list, line 2: a start in seconds or h:mm:ss expected, found 'soon'"),
            ("3\t2\tx\n", "list, line 1: the end must not come before the start"),
            ("\\\t1\t2\n", "list, line 1: two frequencies in Hz expected, after the label that they belong to"),
            ("1\t2\tx\n\\\t900\t200\n", "list, line 2: the higher frequency must be above the lower one"),
        ])
    func whatIsNoLabelIsNamed(text: String, message: String) {
        #expect {
            _ = try labels(text)
        } throws: {
            "\($0)" == message
        }
    }

    @Test func whatIsWrittenComesBack() throws {
        let all = [
            Label(start: 0.5, end: 0.75, band: 500...3000, text: "cough"),
            Label(start: 1.0 / 3, end: 1.0 / 3, text: "x y"),
        ]
        let found = try labels(LabelTrack.text(all))
        #expect(found.map(\.text) == all.map(\.text) && found.map(\.band) == all.map(\.band))
        for (a, b) in zip(all, found) { #expect(abs(a.start - b.start) < 1e-6 && abs(a.end - b.end) < 1e-6) }
        #expect(LabelTrack.text([Label(start: 0, end: 1, text: "a\tb\nc")]) == "0.000000\t1.000000\ta b c\n")
    }

    @Test func placesAreWidenedWithinTheSound() throws {
        let sound = Waveform(channels: [[Float](repeating: 0, count: 8000)], rate: 8000)
        let track = try LabelTrack(Array("0.01\t0.01\n0.5\t0.5\n0.98\t0.98\n0.2\t0.3\n".utf8), name: "list")
        let regions = track.regions(of: sound, around: 0.05)
        let expected = [(0, 0.06), (0.45, 0.55), (0.93, 1), (0.2, 0.3)]
        #expect(regions.count == 4)
        for (region, (start, end)) in zip(regions, expected) {
            #expect(abs(region.start - start) < 1e-9 && abs(region.end - end) < 1e-9)
        }
    }

    /// A sum that no number holds is no end.
    @Test func endsBeyondAllNumbersAreRefused() {
        #expect(throws: EditingError.self) {
            try LabelTrack(Array("start,length\n9223372036854775807s,2s\n".utf8), name: "x.csv")
        }
    }
}
