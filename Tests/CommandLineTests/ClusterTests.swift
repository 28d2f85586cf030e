import Foundation
import TestSupport
import Testing

private enum Slurm {
    static let isInstalled =
        geteuid() == 0
        && ["slurmctld", "slurmd", "munged"].allSatisfy { FileManager.default.fileExists(atPath: "/usr/sbin/\($0)") }
}

/// A batch as an array of Slurm's tasks, one of which is killed and comes back.
@Suite(.enabled(if: Slurm.isInstalled)) struct ClusterTests {
    @Test func aTaskThatIsKilledComesBackAndMakesNothingTwice() throws {
        let workplace = try Workplace()
        try workplace.makeSound("a.wav", seconds: 4)
        let rows = (1...8).map { "inpaint,a.wav,out/\($0).wav,1-1.5,\($0),1,250,\(Workplace.model)" }
        let table = (["job,input,output,region,seed,strength,steps,model"] + rows).joined(separator: "\n")
        try Data(table.utf8).write(to: workplace.url("jobs.csv"))
        try Data(table.replacing("out/", with: "whole/").utf8).write(to: workplace.url("whole.csv"))
        let cluster = Fixture.url("..").appending(path: "../Examples/cluster").standardizedFileURL.path
        // The first task is killed and queued again when it has made one of its results.
        let script = """
            export EDIT_CLI='\(Program.path)' RETOUCH_RUN='\(cluster)/run'
            job=$(sbatch --parsable --array=1-2 '\(cluster)/retouch.sbatch' batch jobs.csv)
            until [ -e out/1.wav.json ]; do sleep 0.05; done
            scontrol requeue ${job}_1
            until [ -z "$(squeue -h)" ]; do sleep 0.2; done
            scontrol show job $job
            cat retouch-1.log retouch-2.log
            """
        let outcome = try Program.run(
            [workplace.url("slurm").path, "bash", "-c", script], in: workplace.folder.url,
            program: "\(cluster)/slurm-here")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("Restarts=1"), "\(outcome.output)")
        #expect(outcome.output.matches(of: /JobState=COMPLETED/).count == 2)
        #expect(outcome.output.contains("there already"))
        #expect(try workplace.run("batch", "whole.csv", "--quiet").status == 0)
        let found = try FileManager.default.contentsOfDirectory(atPath: workplace.url("out").path)
        #expect(found.sorted() == (1...8).flatMap { ["\($0).wav", "\($0).wav.json"] })
        for number in 1...8 {
            let isSame = try workplace.bytes("out/\(number).wav") == workplace.bytes("whole/\(number).wav")
            #expect(isSame)
        }
    }
}
