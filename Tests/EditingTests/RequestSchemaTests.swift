import Editing
import Foundation
import TestSupport
import Testing

/// docs/request.schema.json says of requests what the types say.
@Suite struct RequestSchemaTests {
    private typealias Object = [String: Any]

    private let schema: [String: Any]

    init() throws {
        let file = Fixture.url("../../docs/request.schema.json")
        schema = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? Object)
    }

    private var definitions: Object { schema["$defs"] as? Object ?? [:] }

    private func definition(_ schema: Object) -> Object {
        guard let reference = schema["$ref"] as? String, let name = reference.split(separator: "/").last else {
            return schema
        }
        return definitions[String(name)] as? Object ?? [:]
    }

    /// Whether a value is of a schema, as far as our schema uses the language; a keyword that is not known here fails.
    private func fits(_ value: Any, _ reference: Object) -> Bool {
        let schema = definition(reference)
        let number = value as? NSNumber
        return schema.allSatisfy { keyword, wanted in
            switch keyword {
            case "description", "properties", "$schema", "title", "$defs": true
            case "type":
                switch wanted as? String {
                case "object": value is Object
                case "array": value is [Any]
                case "string": value is String
                case "boolean": value is Bool
                case "number": number != nil && !(value is String)
                case "integer": number.map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
                default: false
                }
            case "const": (wanted as? NSObject)?.isEqual(value) ?? false
            case "enum": (wanted as? [NSObject])?.contains { $0.isEqual(value) } ?? false
            case "minimum": number.map { $0.doubleValue >= (wanted as? Double ?? .nan) } ?? false
            case "exclusiveMinimum": number.map { $0.doubleValue > (wanted as? Double ?? .nan) } ?? false
            case "maximum": number.map { $0.doubleValue <= (wanted as? Double ?? .nan) } ?? false
            case "minItems": (value as? [Any]).map { $0.count >= wanted as? Int ?? .max } ?? false
            case "maxItems": (value as? [Any]).map { $0.count <= wanted as? Int ?? -1 } ?? false
            case "items": (value as? [Any])?.allSatisfy { fits($0, wanted as? Object ?? [:]) } ?? false
            case "required": (wanted as? [String])?.allSatisfy { (value as? Object)?[$0] != nil } ?? false
            case "oneOf": (wanted as? [Object])?.count { fits(value, $0) } == 1
            case "additionalProperties":
                (value as? Object)?.allSatisfy { key, part in
                    (schema["properties"] as? Object)?[key].map { fits(part, $0 as? Object ?? [:]) } ?? false
                } ?? false
            default: false
            }
        }
    }

    private func object(_ request: any EditRequest) throws -> Object {
        try #require(try JSONSerialization.jsonObject(with: RequestDocument.data(of: request)) as? Object)
    }

    @Test func everyRequestIsOfTheSchema() throws {
        for request in RequestTests.requests { #expect(fits(try object(request), schema), "\(request.job)") }
    }

    /// The fullest request of each job has just the keys that the schema names, at every depth.
    @Test func theSchemaHasTheKeysOfTheTypes() throws {
        func compare(_ value: Any, _ reference: Object, _ place: String) {
            let schema = definition(reference)
            if let value = value as? Object {
                let properties = schema["properties"] as? Object ?? [:]
                #expect(Set(value.keys) == Set(properties.keys), "\(place)")
                for (key, part) in value { compare(part, properties[key] as? Object ?? [:], "\(place).\(key)") }
            } else if let list = value as? [Any], let first = list.first, let items = schema["items"] as? Object {
                compare(first, items, "\(place)[]")
            }
        }
        for request in RequestTests.requests {
            compare(try object(request), ["$ref": "#/$defs/\(request.job)"], request.job)
        }
        #expect(Set(definitions.keys).isSuperset(of: RequestDocument.jobs.map { $0.job }))
    }

    /// Keys with a range: what is just outside is refused by schema and type alike, what is on the edge is taken by both.
    @Test func theSchemaHasTheRangesOfTheTypes() throws {
        var tried = 0
        for request in RequestTests.requests {
            let whole = try object(request)
            func check(_ value: Object, _ reference: Object, _ rebuild: (Object) -> Object) throws {
                let properties = definition(reference)["properties"] as? Object ?? [:]
                for (key, part) in value {
                    let schema = definition(properties[key] as? Object ?? [:])
                    if let inner = part as? Object {
                        try check(inner, schema) { changed in
                            var value = value
                            value[key] = changed
                            return rebuild(value)
                        }
                    }
                    let step: Double = schema["type"] as? String == "integer" ? 1 : 0.001
                    for (keyword, direction) in [("minimum", -1.0), ("maximum", 1)] {
                        guard let limit = schema[keyword] as? Double, key != "seed", key != "frames", key != "bins"
                        else { continue }
                        tried += 1
                        for (offset, isRight) in [(0.0, true), (direction * step, false)] {
                            var value = value
                            value[key] = NSNumber(value: limit + offset)
                            let changed = rebuild(value)
                            #expect(fits(changed, self.schema) == isRight, "\(request.job) \(key) \(limit + offset)")
                            let data = try JSONSerialization.data(withJSONObject: changed)
                            let isTaken = (try? RequestDocument.request(from: data)) != nil
                            #expect(isTaken == isRight, "\(request.job) \(key) \(limit + offset)")
                        }
                    }
                }
            }
            try check(whole, ["$ref": "#/$defs/\(request.job)"]) { $0 }
        }
        #expect(tried > 40)
    }

    @Test func whatIsWrongIsNotOfTheSchema() throws {
        for text in [
            #"{"version": 1, "job": "inpaint", "regions": []}"#, #"{"version": 2, "job": "restyle"}"#,
            #"{"version": 1, "job": "upsample", "strengths": 1}"#, #"{"job": "upsample"}"#,
        ] {
            let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
            #expect(!fits(value, schema), "\(text)")
        }
    }
}
