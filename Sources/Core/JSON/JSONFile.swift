public import Foundation

/// Reads a model's JSON files into `Decodable` values. Its errors name the file, the key, what was expected and what was found.
public enum JSONFile {
    /// Reads a file such as `config.json` into a value. Python's NaN and Infinity are accepted as numbers.
    /// - Parameters:
    ///   - type: the type of the value.
    ///   - url: the file.
    /// - Throws: `unreadable`, `malformed` (with the line) or `configuration` (with the key).
    public static func load<T: Decodable>(_ type: T.Type = T.self, from url: URL) throws(CheckpointError) -> T {
        let path = url.path(percentEncoded: false)
        return try decode(value(of: url), name: path)
    }

    /// The file's whole content.
    static func value(of url: URL) throws(CheckpointError) -> JSONValue {
        let path = url.path(percentEncoded: false)
        let data: Data
        // A pipe would be waited for.
        if let status = FileStatus(FilePath(url)), !status.isRegular {
            throw .unreadable(file: path, reason: "it is not a regular file")
        }
        do {
            data = try Data(contentsOf: url)
        } catch CocoaError.fileReadNoSuchFile {
            throw .unreadable(file: path, reason: "there is no such file")
        } catch {
            throw .unreadable(file: path, reason: error.localizedDescription)
        }
        return try parse([UInt8](data), name: path)
    }

    /// Parses bytes already read; `name` stands for the file in errors.
    static func parse(_ bytes: [UInt8], name: String) throws(CheckpointError) -> JSONValue {
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw .malformed(file: name, key: nil, reason: error.description)
        }
    }

    /// Reads a value that is known already; `name` stands for the file in errors.
    static func decode<T: Decodable>(_ value: JSONValue, name: String) throws(CheckpointError) -> T {
        do {
            return try T(from: JSONDecoding(value: value, file: name, codingPath: []))
        } catch let error as CheckpointError {
            throw error
        } catch DecodingError.dataCorrupted(let context) {
            // What a configuration's own initialiser finds wrong.
            let key = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw .malformed(file: name, key: key.isEmpty ? nil : key, reason: context.debugDescription)
        } catch {
            throw .malformed(file: name, key: nil, reason: "\(error)")
        }
    }
}
