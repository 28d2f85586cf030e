public import Editing
internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import UnixSignals

/// The workbench: a server of a page on which sounds are seen, heard, marked and edited, and of the same as an HTTP interface.
public struct Workbench: Sendable {
    private let settings: WorkbenchSettings
    let desk: Desk
    private let page: Page

    /// Opens the store; nothing is served yet.
    /// - Parameters:
    ///   - settings: how it is served.
    ///   - editor: makes the edits.
    /// - Throws: what opening the store's folder and database throws.
    public init(_ settings: WorkbenchSettings, _ editor: Editor) throws {
        self.settings = settings
        desk = try Desk(settings, editor)
        page = try Page()
    }

    /// Everything that can be asked for, beside the page's own files.
    var routes: [Route] {
        AboutRoutes.all(desk, page) + SessionRoutes.all(desk) + VersionRoutes.all(desk) + JobRoutes.all(desk)
            + ListeningRoutes.all(desk)
    }

    /// Serves until the task is cancelled or, where signals are heeded, SIGINT or SIGTERM comes. An edit that is being made then is made
    /// again when the store is served the next time.
    /// - Parameters:
    ///   - heedsSignals: whether SIGINT and SIGTERM end it.
    ///   - onStart: is called with the port once clients are answered.
    /// - Throws: what listening on the address throws, such as a port that is taken.
    public func run(heedsSignals: Bool = false, onStart: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        let router = Router(context: WorkbenchContext.self)
        router.add(middleware: Guard(settings: settings))
        router.add(middleware: Failures())
        for route in routes { router.on(RouterPath(route.path), method: route.method, use: route.answer) }
        page.add(to: router)
        var logger = Logger(label: "edit-cli serve")
        // Connections that break off, and those that are open when it is told to stop, are no errors of a person's.
        logger.logLevel = .critical
        let connection = HTTP1Channel.Configuration(
            idleTimeout: .seconds(75),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 8192, maxHeaderListSize: 32_768, maxHeaderFieldCount: 100))
        let application = Application(
            router: router, server: .http1(configuration: connection),
            configuration: .init(
                address: .hostname(settings.host, port: settings.port), serverName: nil, backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(settings.connectionLimit)),
            services: [Housekeeping(desk: desk)], onServerRunning: { onStart($0.localAddress?.port ?? 0) },
            logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [application], gracefulShutdownSignals: heedsSignals ? [.sigint, .sigterm] : [], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// What goes on beside the answers: edits, the beat of the event streams, the removal of old sessions.
private struct Housekeeping: Service {
    let desk: Desk

    func run() async throws {
        try await desk.store.removeLeftovers()
        try await desk.removeOld()
        try await desk.queue.resume()
        try? await withGracefulShutdownHandler {
            var beats = 0
            while !Task.isShuttingDownGracefully {
                try await Task.sleep(for: .seconds(1))
                beats += 1
                if beats % 10 == 0 { await desk.board.beat() }
                if beats % 600 == 0 { try await desk.removeOld() }
            }
        } onGracefulShutdown: {
            Task { await desk.board.close() }
        }
        await desk.board.close()
        await desk.queue.stop()
        desk.store.close()
    }
}
