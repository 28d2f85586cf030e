import Foundation
import TestSupport
import Testing

@Suite struct HelpTests {
    @Test func theProgramSaysWhatItCanDo() throws {
        let outcome = try Workplace().run("--help")
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        #expect(
            outcome.output == """
                OVERVIEW: Change a sound only where you ask: fill, upsample, restyle, extend,
                generate.

                USAGE: edit-cli <subcommand>

                OPTIONS:
                  --version               Show the version.
                  -h, --help              Show help information.

                SUBCOMMANDS:
                  generate                Make a new sound from a prompt.
                  inpaint                 Fill regions of a sound anew; every sample outside
                                          them stays.
                  upsample                Add the high frequencies that a sound lacks; its own
                                          band stays.
                  restyle                 Draw a sound, or regions of it, towards a prompt.
                  extend                  Go on with a sound beyond its ends; the sound itself
                                          stays.
                  loop                    Make a loop of a sound: its end leads into its
                                          beginning.
                  batch                   Make many edits, as a list says.
                  replay                  Make a sound again, by the recipe that was written
                                          beside it.
                  find                    Find clicks, dropouts, clipping or what sounds like
                                          an example, and fill it.
                  info                    Say what a sound file, a model or this machine is.
                  plot                    Draw the spectrogram of a sound, or of two, one under
                                          the other.
                  compare                 Hold two sounds against each other: levels, spectra,
                                          distances, likeness.
                  evaluate                Measure sounds that were made against sounds as they
                                          should be.
                  benchmark               Measure how fast a model runs on this machine.
                  models                  List, download, check and convert models.
                  serve                   Open the workbench: hear, see, mark and edit sounds
                                          in the browser.

                  See 'edit-cli help <subcommand>' for detailed help.

                """)
    }

    @Test(arguments: [
        "generate", "inpaint", "upsample", "restyle", "extend", "loop", "batch", "replay", "find", "info", "plot",
        "compare", "evaluate",
        "benchmark",
        "models", "models list", "models pull", "models check", "models convert", "serve",
    ])
    func everyCommandSaysWhatItTakes(command: String) throws {
        let words = command.split(separator: " ").map(String.init)
        let workplace = try Workplace()
        let outcome = try Program.run(words + ["--help"], in: workplace.folder.url)
        #expect(outcome.status == 0)
        #expect(
            outcome.output
                == (try String(contentsOf: Fixture.url("help/\(words.joined(separator: "-")).txt"), encoding: .utf8)))
    }

    @Test func withoutACommandTheHelpIsShown() throws {
        let outcome = try Workplace().run()
        #expect(outcome.status == 0)
        #expect(outcome.output.hasPrefix("OVERVIEW: Change a sound only where you ask"))
    }

    @Test func theVersionIsANumber() throws {
        let outcome = try Workplace().run("--version")
        #expect(outcome.status == 0)
        #expect(outcome.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }
}
