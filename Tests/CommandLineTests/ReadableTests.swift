import Editing
import Testing

@testable import edit_cli

/// What the program prints for people.
@Suite struct ReadableTests {
    @Test(arguments: [(0, "0:00"), (0.2, "0:01"), (59, "0:59"), (61, "1:01"), (3599.5, "1:00:00"), (7325, "2:02:05")])
    func clockTimesAreRoundedUp(seconds: Double, text: String) { #expect(Time.clock(seconds) == text) }

    @Test(
        arguments: [
            (0, "0.000 s"), (2.5, "2.500 s"), (59.9996, "1:00.000"), (62.25, "1:02.250"), (3661.001, "1:01:01.001"),
        ])
    func exactTimesHaveMilliseconds(seconds: Double, text: String) { #expect(Time.exact(seconds) == text) }

    @Test func theProgressLineHasABarAndTheTimeLeft() {
        #expect(
            ProgressBar.line("inpaint", EditProgress(stage: "denoise", fraction: 0.5, secondsLeft: 10))
                == "inpaint [===============               ] 50 % denoise, 0:10 left")
        #expect(
            ProgressBar.line("inpaint", EditProgress(stage: "read", fraction: 0))
                == "inpaint [                              ] 0 % read")
        #expect(
            ProgressBar.line("upsample", EditProgress(stage: "write", fraction: 1, secondsLeft: 0))
                == "upsample [==============================] 100 % write, 0:00 left")
    }

    @Test func factsStandUnderEachOther() {
        var sheet = FactSheet()
        sheet.add("rate", "8000 Hz")
        sheet.add("channels", "1")
        #expect(sheet.text == "rate      8000 Hz\nchannels  1")
    }
}
