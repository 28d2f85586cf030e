internal import Foundation
internal import Hummingbird
internal import NIOCore

/// A request's surroundings: who asks, and what the path says.
struct WorkbenchContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address that the request comes from.
    let address: String
    /// Who asks: a browser by its cookie, a program by its address.
    var client: String

    init(source: Source) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? "unknown"
        client = "address \(address)"
    }

    /// A part of the path that is an identifier.
    func id(_ name: String) throws -> String {
        guard let id = parameters.get(name), Identifier.isValid(id) else { throw Refusal.notFound(name) }
        return id
    }

    /// A part of the path that is a whole number of a range.
    func number(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
        guard let number = parameters.get(name).flatMap({ Int($0) }), range.contains(number) else {
            throw Refusal.invalid("\(name): \(range.lowerBound) to \(range.upperBound) expected")
        }
        return number
    }
}

extension Request {
    /// A value of the query.
    func query(_ name: String) -> String? { uri.queryParameters.get(name) }

    /// A number of the query.
    func number(_ name: String, _ range: ClosedRange<Int>, or standard: Int? = nil) throws -> Int {
        guard let text = query(name) else {
            if let standard { return standard }
            throw Refusal.invalid("\(name): a number expected")
        }
        guard let number = Int(text), range.contains(number) else {
            throw Refusal.invalid("\(name): \(range.lowerBound) to \(range.upperBound) expected")
        }
        return number
    }

    /// One of some words of the query.
    func word<Word: RawRepresentable & CaseIterable>(_ name: String, or standard: Word) throws -> Word
    where Word.RawValue == String {
        guard let text = query(name) else { return standard }
        guard let word = Word(rawValue: text) else {
            throw Refusal.invalid("\(name): one of \(Word.allCases.map(\.rawValue).joined(separator: ", ")) expected")
        }
        return word
    }

    /// The whole body, which is small.
    func smallBody(upTo limit: Int = 1 << 20) async throws -> Data {
        do {
            let buffer = try await body.collect(upTo: limit)
            return Data(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw Refusal(status: 413, message: "the body may have \(limit) bytes at most")
        } catch {
            throw Refusal(status: 400, message: "the body broke off")
        }
    }

    func json<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        try JSON.read(type, from: try await smallBody())
    }
}

/// Answers of the usual kinds.
enum Answer {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        data(try JSON.data(value), "application/json", status: status)
    }

    static func data(
        _ data: Data, _ type: String, status: HTTPResponse.Status = .ok, isForever: Bool = false
    ) -> Response {
        var headers: HTTPFields = [.contentType: type]
        headers[.cacheControl] = isForever ? "private, max-age=31536000, immutable" : "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: data)))
    }

    static var nothing: Response { Response(status: .noContent, headers: [.cacheControl: "no-store"]) }

    static func refusal(_ refusal: Refusal) -> Response {
        struct Document: Encodable {
            struct Message: Encodable { let message: String }
            let error: Message
        }
        let data = (try? JSON.data(Document(error: .init(message: refusal.message)))) ?? Data("{}".utf8)
        return Self.data(data, "application/json", status: .init(code: refusal.status))
    }

    /// A file, block by block: memory does not grow with it.
    static func file(_ url: URL, named name: String, type: String) throws -> Response {
        let file = try FileHandle(forReadingFrom: url)
        let size = try file.seekToEnd()
        try file.seek(toOffset: 0)
        let reader = FileReader(file)
        var headers: HTTPFields = [.contentType: type, .cacheControl: "private, no-cache"]
        headers[.contentDisposition] = disposition(name)
        let body = ResponseBody(contentLength: Int(size)) { writer in
            while let block = try await Offload.run({ try reader.next() }) {
                try await writer.write(ByteBuffer(bytes: block))
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// A file's name as a header has it (RFC 6266).
    static func disposition(_ name: String) -> String {
        let plain = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_. ".contains($0)) ? $0 : "_" })
        let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
        let encoded = name.addingPercentEncoding(withAllowedCharacters: allowed) ?? plain
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(encoded)"
    }
}

/// A file that is read block by block, by one reader after the other.
final class FileReader: @unchecked Sendable {
    private let file: FileHandle

    init(_ file: FileHandle) { self.file = file }

    func next() throws -> Data? {
        let block = try file.read(upToCount: 1 << 18)
        return block?.isEmpty == false ? block : nil
    }
}
