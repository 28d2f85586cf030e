internal import ArgumentParser
internal import Core
internal import Downloads
internal import Editing
internal import Foundation
internal import Synchronization

struct PullModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Download a published model as a folder.",
        discussion: "What has come stays when it is stopped; called again, it goes on from there.")

    @Argument(
        help: "The model's name at the hub, owner/model; of those that models list names, the model alone will do.")
    var name: String

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The folder to write. (default: the model's name)", valueName: "dir"))
    var output: String?

    @Option(help: ArgumentHelp("The server that publishes it.", valueName: "url"))
    var hub = Hub.standard

    @Option(help: ArgumentHelp("A branch, a tag or a hash.", valueName: "name"))
    var revision = "main"

    @Flag(help: "Accept the licence of the model, which is named without this flag.")
    var acceptLicence = false

    @OptionGroup var screen: ScreenOptions

    func run() throws {
        let name = PublishedModel.fullName(name)
        let hub = try Hub(hub)
        let target = output ?? name.split(separator: "/").last.map(String.init) ?? name
        let folder = URL(fileURLWithPath: target)
        let (revision, acceptsLicence) = (revision, acceptLicence)
        let bar = Mutex(screen.progressBar("pull"))
        defer { bar.withLock { $0.finish() } }
        let started = ContinuousClock.now
        let first = Mutex<Int?>(nil)
        let listing = try Asynchronous.waitThrowing {
            let download = try await ModelDownload(name, from: hub, revision: revision, to: folder)
            try await download.run(
                acceptsLicence: acceptsLicence,
                progress: { progress in
                    // What was there before says nothing of how fast it comes.
                    let before = first.withLock { first in
                        if first == nil { first = progress.done }
                        return first ?? 0
                    }
                    let seconds = (ContinuousClock.now - started) / .seconds(1)
                    let come = progress.done - before
                    let left = come > 0 ? seconds * Double(progress.total - progress.done) / Double(come) : nil
                    bar.withLock {
                        $0.show(
                            EditProgress(
                                stage: progress.file,
                                fraction: Double(progress.done) / Double(max(1, progress.total)), secondsLeft: left))
                    }
                },
                check: { folder in _ = try Model(at: folder).facts() })
            return download.listing
        }
        bar.withLock { $0.finish() }
        guard !screen.quiet else { return }
        var facts = FactSheet()
        facts.add("model", target)
        facts.add("from", "\(hub.address)/\(listing.name), revision \(listing.revision.prefix(12))")
        facts.add(
            "files",
            String(
                format: "%d, %.1f MB, each with the hash that the hub says", listing.files.count,
                Double(listing.bytes) / 1e6))
        facts.add("licence", listing.licence ?? "not stated at the hub")
        StandardOutput.print(facts.text)
    }
}
