import Core
import Foundation
import TestSupport
import Testing

private enum Audacity {
    static let isInstalled = ["audacity", "Xvfb"].allSatisfy {
        FileManager.default.fileExists(atPath: "/usr/bin/\($0)")
    }
}

/// A real Audacity, on a screen that nobody sees.
@Suite(.enabled(if: Audacity.isInstalled)) struct AudacityTests {
    private static let examples = Fixture.url("..").appending(path: "../Examples/audacity").standardizedFileURL.path

    @Test func whatIsSelectedComesBackAsATrack() throws {
        let workplace = try Workplace()
        try workplace.makeSound("talk.wav", rate: 22_050, channels: 2)
        // Sends commands to Audacity, each until its answer has come.
        let script = """
            set -e
            source '\(Self.examples)/session.sh'
            tell() {
                connect 30
                for command in "$@"; do ask "$command" 120; done
                disconnect
            }
            tell 'Import2: Filename="'$PWD'/talk.wav"' 'SelectTime: Start=1.0 End=1.5'
            EDIT_CLI='\(Program.path)' '\(Self.examples)/retouch' inpaint --seed 3 --steps 10 --model '\(Workplace.model)'
            tell 'GetInfo: Type=Tracks' 'SelectTracks: Track=1 TrackCount=1 Mode=Set' 'SelectTime: Start=0 End=3' \\
                'SetPreference: Name="/FileFormats/ExportFormat_SF1_Type/WAV_10000" Value="6"' \\
                'Export2: Filename="'$PWD'/back.wav" NumChannels=2' 'SelectTracks: Track=0 TrackCount=2 Mode=Set'
            EDIT_CLI='\(Program.path)' '\(Self.examples)/retouch' inpaint 2>&1 || echo "refused: $?"
            """
        let outcome = try Program.run(
            ["300", "\(Self.examples)/audacity-here", workplace.url("home").path, "bash", "-c", script],
            in: workplace.folder.url, program: "/usr/bin/timeout")
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
        #expect(outcome.output.contains(/"name":"talk".*"mute":1/), "\(outcome.output)")
        #expect(outcome.output.contains(/"name":"inpaint of talk".*"start":0, "end":3,.*"mute":0/))
        #expect(outcome.output.contains("one selected track of sound expected"))
        let direct = try workplace.edit(
            "inpaint", "talk.wav", "-o", "direct.wav", "--region", "1-1.5", "--seed", "3", "--encoding", "float32")
        #expect(direct.status == 0)
        let isSame = try workplace.read("back.wav").samples == workplace.read("direct.wav").samples
        #expect(isSame)
    }

    /// A namespace of processes in which no Audacity runs takes the rights of root.
    @Test(.enabled(if: geteuid() == 0)) func withoutAudacityItSaysWhatToDo() throws {
        let workplace = try Workplace()
        let outcome = try Program.run(
            ["HOME=/nonexistent", "unshare", "--pid", "--fork", "--mount-proc", "\(Self.examples)/retouch", "inpaint"],
            in: workplace.folder.url, program: "/usr/bin/env")
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("retouch: Audacity does not listen: start it, enable mod-script-pipe"))
    }
}
