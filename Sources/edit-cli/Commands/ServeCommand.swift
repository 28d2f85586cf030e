internal import ArgumentParser
internal import Core
internal import Dispatch
internal import Editing
internal import Foundation
internal import Synchronization
internal import Workbench

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Open the workbench: hear, see, mark and edit sounds in the browser.")

    @Argument(help: "A folder whose sounds can be opened by name.", completion: .directory)
    var folder: String?

    @Option(help: ArgumentHelp("The port to listen on; 0 for any that is free.", valueName: "n"))
    var port = 8480

    @Option(
        help: ArgumentHelp(
            "The address to listen on. Any other than this machine's own needs --token.", valueName: "address"))
    var host = "127.0.0.1"

    @Flag(help: "Ask for a token that nobody can guess; the link that is printed has it.")
    var token = false

    @Option(
        help: ArgumentHelp(
            "Where sessions and their sounds are kept. (default: retouch in the folder for programs' data)",
            valueName: "dir"))
    var store: String?

    @Option(help: ArgumentHelp("Days after which a session that nobody used is removed.", valueName: "n"))
    var days = 30.0

    @Option(help: ArgumentHelp("Gigabytes that all sessions may take on the disk.", valueName: "n"))
    var room = 40.0

    @OptionGroup var model: ModelOption

    @OptionGroup var threads: ThreadsOption

    @Flag(help: "Open the page in the browser.")
    var open = false

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port: 0 to 65535 expected, found \(port)")
        }
        guard days > 0, days <= 36_500 else {
            throw ValidationError("--days: above 0, up to 36500 expected, found \(days)")
        }
        guard room > 0, room <= 1e6 else {
            throw ValidationError("--room: above 0, up to 1000000 expected, found \(room)")
        }
        if !isLoopback, !token {
            throw ValidationError(
                "--host: \(host) lets others in; add --token, so that only those come who have the link")
        }
    }

    private var isLoopback: Bool { ["127.0.0.1", "localhost", "::1"].contains(host) }

    func run() throws {
        threads.apply()
        if let folder, FilePath.isFolder(folder) != true {
            throw ValidationError("\(folder): a folder expected")
        }
        let editor = try Editor(
            model: model.folder, headRule: model.heads, memoryBudget: 8 << 30, precision: model.precision)
        var settings = WorkbenchSettings(
            host: host, port: port, folder: folder.map { URL(fileURLWithPath: $0, isDirectory: true) },
            store: storeFolder, token: token ? WorkbenchSettings.newToken() : nil)
        settings.daysKept = days
        settings.diskLimit = Int(room * 1e9)
        let modelWords = model.words
        settings.command = { request, input, output in
            CommandWords(request, input: input, output: output, model: modelWords)?.line
        }
        try serve(Workbench(settings, editor), settings)
    }

    private var storeFolder: URL {
        if let store { return URL(fileURLWithPath: store, isDirectory: true) }
        return .ofUser("XDG_DATA_HOME", otherwise: ".local/share").appending(path: "retouch")
    }

    private func serve(_ workbench: Workbench, _ settings: WorkbenchSettings) throws {
        let failure = Mutex<(any Error)?>(nil)
        let end = DispatchSemaphore(value: 0)
        let (host, opens) = (host, open)
        Task {
            do {
                try await workbench.run(heedsSignals: true) { port in
                    Self.announce(settings, host: host, port: port, opens: opens)
                }
            } catch {
                failure.withLock { $0 = error }
            }
            end.signal()
        }
        end.wait()
        guard let error = failure.withLock({ $0 }) else { return }
        let words = "\(error)"
        if words.contains("errno: 98") || words.contains("Address already in use") {
            throw ValidationError("--port: \(port) is taken by another program; choose another one")
        }
        if words.contains("errno: 13") {
            throw ValidationError("--port: \(port) may be used by the administrator only; choose one above 1023")
        }
        if words.contains("errno: 99") || words.contains("UnknownHost") || words.contains("NIOConnection") {
            throw ValidationError("--host: \(host) is no address of this machine")
        }
        throw error
    }

    private static func announce(_ settings: WorkbenchSettings, host: String, port: Int, opens: Bool) {
        let name = host == "0.0.0.0" || host == "::" ? ProcessInfo.processInfo.hostName : host
        let place = name.contains(":") ? "[\(name)]" : name
        let link = "http://\(place):\(port)/" + (settings.token.map { "?token=\($0)" } ?? "")
        StandardOutput.print("The workbench is at \(link)")
        if !settings.isLoopback {
            StandardOutput.print(
                "It is reached from other machines, without TLS: put a proxy with TLS before it on a net you do not trust."
            )
        }
        let days =
            settings.daysKept == settings.daysKept.rounded() ? "\(Int(settings.daysKept))" : "\(settings.daysKept)"
        StandardOutput.print(
            "Sessions are kept in \(settings.store.path(percentEncoded: false)) and removed when nobody has used them for \(days) days."
        )
        StandardOutput.print("Ctrl-C ends it; an edit that is being made goes on at the next start.")
        if opens { browse(link) }
    }

    private static func browse(_ link: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["xdg-open", link]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            StandardError.write("edit-cli: no browser could be opened; open the link yourself\n")
        }
    }
}
