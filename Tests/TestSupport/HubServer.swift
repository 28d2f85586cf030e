internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A server on this machine that answers as a test wants it, byte for byte: also wrongly.
public final class HubServer: Sendable {
    /// What was asked for.
    public struct Request: Sendable, Equatable {
        /// The path with its query.
        public let path: String
        /// The first byte that was asked for.
        public let first: Int

        /// A request.
        public init(path: String, first: Int) {
            self.path = path
            self.first = first
        }
    }

    /// What is sent.
    public struct Response: Sendable {
        /// The status.
        public var status: Int
        /// Names and values; the length of the body is among them only if somebody puts it there.
        public var headers: [String: String]
        /// The body.
        public var body: [UInt8]
        /// How many bytes of the body are sent before the connection is closed; nil for all.
        public var breaksAfter: Int?

        /// A response with the length of its body.
        public init(_ status: Int, _ body: [UInt8] = [], _ headers: [String: String] = [:]) {
            self.status = status
            self.body = body
            self.headers = ["Content-Length": "\(body.count)"].merging(headers) { $1 }
        }
    }

    /// The server's address.
    public let address: String
    private let channel: any Channel
    private final class Record: Sendable {
        let requests = Mutex<[Request]>([])
    }
    private let record: Record

    /// All that has been asked for.
    public var requests: [Request] { record.requests.withLock(\.self) }

    /// Starts a server at a free port.
    /// - Parameter respond: called on the server's thread.
    public init(_ respond: @escaping @Sendable (Request) -> Response) throws {
        let record = Record()
        self.record = record
        channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Handler { request in
                            record.requests.withLock { $0.append(request) }
                            return respond(request)
                        })
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
        address = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    }

    deinit { _ = channel.close() }

    /// Answers one request and closes the connection.
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let respond: (Request) -> Response
        private var text = ""

        init(_ respond: @escaping (Request) -> Response) { self.respond = respond }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard text.contains("\r\n\r\n") else { return }
            let words = text.split(separator: " ")
            let first = text.firstMatch(of: /(?i)range: bytes=(\d+)-/).flatMap { Int($0.1) } ?? 0
            let response = respond(Request(path: words.count > 1 ? String(words[1]) : "", first: first))
            text = ""
            var head = "HTTP/1.1 \(response.status) X\r\nConnection: close\r\n"
            for (name, value) in response.headers { head += "\(name): \(value)\r\n" }
            var buffer = context.channel.allocator.buffer(string: head + "\r\n")
            buffer.writeBytes(response.body.prefix(response.breaksAfter ?? .max))
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(buffer)).whenComplete { _ in channel.close(promise: nil) }
        }
    }
}
