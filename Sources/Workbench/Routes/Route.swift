internal import HTTPTypes
internal import Hummingbird

/// One thing that can be asked for: a method, a path with its names in braces, and what answers.
struct Route: Sendable {
    let method: HTTPRequest.Method
    let path: String
    let answer: @Sendable (Request, WorkbenchContext) async throws -> Response

    init(
        _ method: HTTPRequest.Method, _ path: String,
        _ answer: @escaping @Sendable (Request, WorkbenchContext) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.answer = answer
    }
}
