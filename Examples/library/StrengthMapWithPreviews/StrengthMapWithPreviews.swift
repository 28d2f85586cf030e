// Makes a sound anew by a map of strengths of one's own: nothing changes at its start and in the bass, more and more towards its
// end and the treble. The previews, what the network takes for the result after each step, are written as pictures.
//
//     example-map IN.wav OUT.wav "a prompt" FOLDER-FOR-PICTURES

import Core
import Editing
import Foundation
import Plotting

@main
struct StrengthMapWithPreviews {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count == 4 else {
            print("example-map IN.wav OUT.wav PROMPT FOLDER")
            exit(64)
        }
        let pictures = URL(filePath: words[3], directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: pictures, withIntermediateDirectories: true)

        var map = StrengthMap(frames: 32, bins: 16)
        for frame in 0..<map.frames {
            for bin in 0..<map.bins {
                map[frame, bin] = Float(frame) / Float(map.frames) * Float(bin) / Float(map.bins)
            }
        }
        let request = try Remake(map: map, condition: Condition(prompt: words[2]))
        let session = try Editor().run(
            request, from: AudioFile(URL(filePath: words[0])),
            to: FileDestination(URL(filePath: words[1]), overwrites: true))
        var count = 0
        for try await event in session {
            switch event {
            case .progress(let progress): print("\(Int(100 * progress.fraction)) % \(progress.stage)")
            case .preview(let preview):
                count += 1
                let name = "preview-\(count).png"
                try MelPicture(preview.mel()).png().write(to: pictures.appending(path: name))
            case .finished(let report): print("\(report.networkCalls) runs of the network, \(report.seconds) s")
            }
        }
    }
}
