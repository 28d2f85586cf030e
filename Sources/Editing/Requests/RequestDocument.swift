public import Foundation

/// A request as JSON: the fields of its type, and with them `version` and `job`.
///
/// What is left out has the job's default; a key that the job does not have, another version and a value out of its range are refused.
public enum RequestDocument {
    /// The version of the JSON that is written and read.
    public static let version = 1

    /// The types of the jobs of this library.
    public static let jobs: [any EditRequest.Type] = [
        Extend.self, Generate.self, Inpaint.self, Loop.self, Remake.self, Restyle.self, Upsample.self,
    ]

    /// The JSON of a request, with sorted keys: equal requests give equal bytes.
    /// - Throws: `EncodingError` for a request of your own that cannot be written.
    public static func data(of request: any EditRequest) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(Written(request: request)) + Data("\n".utf8)
    }

    /// Reads a request.
    /// - Parameters:
    ///   - data: the request as JSON.
    ///   - jobs: the types of the jobs that are known; a program that has jobs of its own names them here.
    /// - Throws: `EditingError.request` for what is no request, and what the request's own checks throw.
    public static func request(
        from data: Data, jobs: [any EditRequest.Type] = Self.jobs
    ) throws(EditingError) -> any EditRequest {
        try reading {
            let request = try JSONDecoder().decode(Read.self, from: data, configuration: jobs).request
            try refuseUnknownKeys(of: JSONSerialization.jsonObject(with: data), in: request)
            return request
        }
    }

    /// Reads JSON, and says in the library's words why it cannot be read.
    static func reading<Value>(_ read: () throws -> Value) throws(EditingError) -> Value {
        do {
            return try read()
        } catch let error as EditingError {
            throw error
        } catch let error as DecodingError {
            throw .request(sentence(about: error))
        } catch {
            throw .request(noJSON)
        }
    }

    // MARK: - Coding

    private enum HeadKeys: String, CodingKey {
        case version, job
    }

    struct Written: Encodable {
        let request: any EditRequest

        func encode(to encoder: any Encoder) throws {
            var head = encoder.container(keyedBy: HeadKeys.self)
            try head.encode(RequestDocument.version, forKey: .version)
            try head.encode(request.job, forKey: .job)
            try request.encode(to: encoder)
        }
    }

    struct Read: DecodableWithConfiguration {
        let request: any EditRequest

        init(from decoder: any Decoder, configuration jobs: [any EditRequest.Type]) throws {
            let head = try decoder.container(keyedBy: HeadKeys.self)
            let version = try head.decode(Int.self, forKey: .version)
            guard version == RequestDocument.version else {
                throw EditingError.request("version \(RequestDocument.version) expected, found \(version)")
            }
            let job = try head.decode(String.self, forKey: .job)
            guard let type = jobs.first(where: { $0.job == job }) else {
                let known = jobs.map { $0.job }.joined(separator: ", ")
                throw EditingError.request("job: one of \(known) expected, found '\(job)'")
            }
            request = try type.init(from: decoder)
        }
    }

    /// Every key of what was read has to be one that is written again.
    static func refuseUnknownKeys(of found: Any, in request: any EditRequest) throws {
        try refuseUnknownKeys(of: found, JSONSerialization.jsonObject(with: data(of: request)), at: "")
    }

    private static func refuseUnknownKeys(of found: Any, _ known: Any?, at path: String) throws {
        if let found = found as? [String: Any] {
            let known = known as? [String: Any] ?? [:]
            for (key, value) in found.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
                let place = path.isEmpty ? key : "\(path).\(key)"
                guard let match = known[key] else { throw EditingError.request("unknown key '\(place)'") }
                try refuseUnknownKeys(of: value, match, at: place)
            }
        } else if let found = found as? [Any] {
            let known = known as? [Any] ?? []
            for (index, value) in found.enumerated() {
                try refuseUnknownKeys(of: value, index < known.count ? known[index] : nil, at: "\(path)[\(index)]")
            }
        }
    }

    private static let noJSON = "JSON of a request or a recipe expected, found something else"

    /// Where JSON does not fit, in one line.
    private static func sentence(about error: DecodingError) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.reduce("") { text, key in
                key.intValue.map { "\(text)[\($0)]" } ?? (text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)")
            }
        }
        func named(_ path: [any CodingKey], _ words: String) -> String {
            path.isEmpty ? words : "\(place(path)): \(words)"
        }
        return switch error {
        case .keyNotFound(let key, let context): "'\(place(context.codingPath + [key]))' is missing"
        case .valueNotFound(_, let context): named(context.codingPath, "a value expected, found null")
        case .typeMismatch(let type, let context): named(context.codingPath, "\(word(for: type)) expected")
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? noJSON : named(context.codingPath, context.debugDescription)
        @unknown default: "no request"
        }
    }

    private static func word(for type: Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        case is any FixedWidthInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }
}
