/// A request that is not done, with its HTTP status and a sentence that says what to do.
struct Refusal: Error {
    let status: Int
    let message: String

    static func notFound(_ what: String) -> Refusal {
        Refusal(status: 404, message: "\(what): there is none of that name (any more)")
    }

    static func invalid(_ message: String) -> Refusal { Refusal(status: 422, message: message) }
}
