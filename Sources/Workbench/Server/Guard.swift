internal import Core
internal import Editing
internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// Lets in who may come in, and says to browsers what a page of ours may do.
struct Guard: RouterMiddleware {
    typealias Context = WorkbenchContext

    let settings: WorkbenchSettings

    private static let tokenCookie = "retouch_token"
    private static let clientCookie = "retouch_client"

    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:",
        "connect-src 'self'", "media-src 'self' blob:", "font-src 'self'", "manifest-src 'self'", "base-uri 'none'",
        "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    func handle(
        _ request: Request, context: WorkbenchContext,
        next: (Request, WorkbenchContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        var response: Response
        do {
            try check(request)
            if let refused = try admit(request) {
                response = refused
            } else {
                let known = request.cookies[Self.clientCookie]?.value
                if let known, Identifier.isValid(known) { context.client = known }
                response = try await next(request, context)
                if known == nil, request.uri.path == "/", request.method == .get {
                    response.headers.append(cookie(Self.clientCookie, Identifier.make(), days: 400))
                }
            }
        } catch let refusal as Refusal {
            response = Answer.refusal(refusal)
        }
        response.headers[.contentSecurityPolicy] = Self.policy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.init("Referrer-Policy")!] = "no-referrer"
        response.headers[.init("Cross-Origin-Opener-Policy")!] = "same-origin"
        response.headers[.init("Cross-Origin-Resource-Policy")!] = "same-origin"
        return response
    }

    /// - Throws: `Refusal` for a page of somebody else's that asks through a visitor's browser.
    private func check(_ request: Request) throws {
        let host = request.head.authority ?? ""
        if settings.isLoopback, settings.token == nil {
            // Another name that leads to this machine is somebody's attempt to get past the browser's rules.
            guard ["127.0.0.1", "localhost", "[::1]"].contains(Self.name(ofHost: host)) else {
                throw Refusal(
                    status: 421, message: "this workbench answers to 127.0.0.1 and localhost only, not to '\(host)'")
            }
        }
        if let origin = request.headers[.origin] {
            let place = origin.replacing(/^https?:\/\//, with: "")
            guard place != origin, place.lowercased() == host.lowercased() else {
                throw Refusal(status: 403, message: "requests from other pages are not answered")
            }
        }
        if request.headers[.init("Sec-Fetch-Site")!] == "cross-site", request.uri.path.hasPrefix("/api") {
            throw Refusal(status: 403, message: "requests from other pages are not answered")
        }
    }

    static func name(ofHost host: String) -> String {
        if host.hasPrefix("[") { return String(host.prefix(through: host.lastIndex(of: "]") ?? host.startIndex)) }
        return String(host.prefix { $0 != ":" }).lowercased()
    }

    /// Who comes by the printed link gets a cookie for it.
    /// - Throws: `Refusal` for who shows nothing.
    private func admit(_ request: Request) throws -> Response? {
        guard let token = settings.token else { return nil }
        if request.uri.path == "/", let shown = request.query("token"), Self.isSame(shown, token) {
            var headers: HTTPFields = [.location: "/"]
            headers.append(cookie(Self.tokenCookie, token, days: 30))
            return Response(status: .seeOther, headers: headers)
        }
        let bearer = request.headers[.authorization].flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
        let shown = [bearer, request.cookies[Self.tokenCookie]?.value].compactMap { $0 }
        guard shown.contains(where: { Self.isSame($0, token) }) else {
            throw Refusal(
                status: 401,
                message: "open the link that edit-cli serve has printed, or send its token as 'Authorization: Bearer'")
        }
        return nil
    }

    /// Compares without telling by the time it takes how much was right.
    static func isSame(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func cookie(_ name: String, _ value: String, days: Int) -> HTTPField {
        HTTPField(
            name: .setCookie, value: "\(name)=\(value); Path=/; Max-Age=\(86_400 * days); HttpOnly; SameSite=Lax")
    }
}

/// Says what went wrong as JSON, with the status that fits.
struct Failures: RouterMiddleware {
    typealias Context = WorkbenchContext

    func handle(
        _ request: Request, context: WorkbenchContext,
        next: (Request, WorkbenchContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let refusal as Refusal {
            return Answer.refusal(refusal)
        } catch let error as HTTPError {
            let words = error.status.code == 404 ? "there is nothing at \(request.uri.path.prefix(200))" : error.body
            return Answer.refusal(
                Refusal(status: error.status.code, message: words ?? error.status.reasonPhrase))
        } catch is CancellationError {
            return Answer.refusal(Refusal(status: 503, message: "the workbench is being stopped"))
        } catch {
            guard let status = Self.status(of: error) else {
                context.logger.error("\(request.method) \(request.uri.path): \(error)")
                return Answer.refusal(
                    Refusal(status: 500, message: "something went wrong here; the server's log has more"))
            }
            return Answer.refusal(Refusal(status: status, message: JobQueue.words(for: error, replacing: [])))
        }
    }
}

extension Failures {
    /// Errors that are the sender's to mend.
    fileprivate static func status(of error: any Error) -> Int? {
        switch error {
        case is EditingError: 422
        case AudioError.diskFull: 507
        case is AudioError: 422
        default: nil
        }
    }
}
