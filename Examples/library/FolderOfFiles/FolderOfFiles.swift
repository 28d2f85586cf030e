// Adds the treble that they lack to all sounds of a folder, with the model loaded once, and says how far it has come.
//
//     example-folder IN-FOLDER OUT-FOLDER

import Core
import Editing
import Foundation

@main
struct FolderOfFiles {
    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count == 2 else {
            print("example-folder IN-FOLDER OUT-FOLDER")
            exit(64)
        }
        let (from, to) = (URL(filePath: words[0]), URL(filePath: words[1], directoryHint: .isDirectory))
        try FileManager.default.createDirectory(at: to, withIntermediateDirectories: true)
        let names = try FileManager.default.contentsOfDirectory(atPath: from.path).sorted()

        let editor = try Editor()
        let request = try Upsample()
        for (number, name) in names.enumerated() {
            do {
                let source = try AudioFile(from.appending(path: name))
                let output = to.appending(path: source.url.deletingPathExtension().lastPathComponent + ".wav")
                var tenth = -1
                try editor.perform(request, from: source, to: FileDestination(output)) { event in
                    guard case .progress(let progress) = event, Int(10 * progress.fraction) > tenth else { return }
                    tenth = Int(10 * progress.fraction)
                    print("\(number + 1) of \(names.count), \(name): \(10 * tenth) %")
                }
            } catch {
                // One file that cannot be done ends nothing.
                print("\(number + 1) of \(names.count), \(error)")
            }
        }
    }
}
