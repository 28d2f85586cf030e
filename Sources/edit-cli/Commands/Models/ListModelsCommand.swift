internal import ArgumentParser
internal import Core
internal import Downloads
internal import Foundation

struct ListModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the models that can be downloaded, and those of a folder.")

    @Argument(help: "The folder whose models are listed. (default: this one)", completion: .directory)
    var folder = "."

    func run() throws {
        let place = URL(fileURLWithPath: folder, isDirectory: true)
        var rows = [["model", "unet", "licence", "here", ""]]
        if let bundled = Model.bundledFolder, let facts = try? Model(at: bundled).facts() {
            let millions = Double(facts.parameters[.unet] ?? 0) / 1e6
            rows.append([
                "default", String(format: "%.0f M", millions), FactSheet.licence(of: bundled) ?? "?", "bundled",
                "small, for 48 kHz",
            ])
        }
        let here = try models(in: place)
        for model in PublishedModel.all {
            rows.append([
                model.name, "\(model.unetMillions) M", PublishedModel.licence,
                here.contains(model.folder) ? FilePath.readable(path(of: model.folder)) : "no",
                model.note,
            ])
        }
        let known = PublishedModel.all.map(\.folder)
        for name in here where !known.contains(name) {
            let location = URL(fileURLWithPath: path(of: name))
            let facts = try? Model(at: location).facts()
            rows.append([
                FilePath.readable(path(of: name)),
                facts.map { String(format: "%.0f M", Double($0.parameters[.unet] ?? 0) / 1e6) } ?? "?",
                FactSheet.licence(of: location) ?? "?", "yes",
                facts == nil ? "cannot be opened: edit-cli models check says why" : "",
            ])
        }
        let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            StandardOutput.print(cells.joined(separator: "  ").printable.replacing(#/ +$/#, with: ""))
        }
    }

    /// What a model of the folder is called from here.
    private func path(of name: String) -> String { folder == "." ? name : "\(folder)/\(name)" }

    /// The names of folders in diffusers' layout and of original files.
    private func models(in place: URL) throws -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: place.relativePath).sorted()
        } catch {
            throw ValidationError("\(folder): there is no such folder")
        }
        return names.filter { name in
            let url = place.appending(path: name)
            return ["ckpt", "pth"].contains(url.pathExtension)
                || FileManager.default.fileExists(atPath: url.appending(path: "model_index.json").relativePath)
        }
    }
}
