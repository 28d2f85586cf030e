// Fills a gap in a sound in memory: no file is touched but the one that is read and the one that is written at the end.
//
//     example-fill IN.wav OUT.wav START END        times in seconds

import Core
import Editing
import Foundation

@main
struct FillAGap {
    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count == 4, let start = Double(words[2]), let end = Double(words[3]) else {
            print("example-fill IN.wav OUT.wav START END")
            exit(64)
        }
        let file = try AudioFile(URL(filePath: words[0]))
        let sound = Waveform(channels: try file.read(frames: 0..<file.frames), rate: file.rate)

        let editor = try Editor()
        let request = try Inpaint(regions: [Region(start: start, end: end)])
        let filled = try editor.perform(request, on: sound)

        let url = URL(filePath: words[1])
        let format = try AudioFormat.output(
            for: url, source: file.format, rate: filled.rate, channels: filled.channels.count)
        let writer = try AudioWriter(url, format: format, frames: filled.frames, overwrite: true)
        try writer.write(filled.channels)
        _ = try writer.finish()
        print("filled \(start) to \(end) s of \(filled.duration) s")
    }
}
