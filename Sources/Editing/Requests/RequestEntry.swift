public import Foundation

/// A line of a list of edits: a request, and the names of its sound and of its result.
///
/// As JSON it is the request with two keys more, `input` and `output`.
public struct RequestEntry: Sendable {
    /// The edit.
    public let request: any EditRequest
    /// The file of the sound to edit; nil for an edit that makes a sound from nothing.
    public let input: String?
    /// The file of the result.
    public let output: String

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case input, output
    }

    /// Reads an entry.
    /// - Parameters:
    ///   - data: the entry as JSON.
    ///   - jobs: the types of the jobs that are known; a program that has jobs of its own names them here.
    /// - Throws: `EditingError.request` for what is no entry, and what the request's own checks throw.
    public init(_ data: Data, jobs: [any EditRequest.Type] = RequestDocument.jobs) throws(EditingError) {
        self = try RequestDocument.reading {
            let entry = try JSONDecoder().decode(Read.self, from: data, configuration: jobs).entry
            let found = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
            let own = Set(CodingKeys.allCases.map(\.rawValue))
            try RequestDocument.refuseUnknownKeys(of: found.filter { !own.contains($0.key) }, in: entry.request)
            return entry
        }
    }

    private init(_ request: any EditRequest, input: String?, output: String) {
        self.request = request
        self.input = input
        self.output = output
    }

    private struct Read: DecodableWithConfiguration {
        let entry: RequestEntry

        init(from decoder: any Decoder, configuration jobs: [any EditRequest.Type]) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            entry = RequestEntry(
                try RequestDocument.Read(from: decoder, configuration: jobs).request,
                input: try values.decodeIfPresent(String.self, forKey: .input),
                output: try values.decode(String.self, forKey: .output))
        }
    }
}
