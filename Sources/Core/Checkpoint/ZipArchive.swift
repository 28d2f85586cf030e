/// The directory of a zip file whose entries are stored, not compressed, as torch.save writes them
/// (PKWARE APPNOTE 6.3: 4.3.16 end record, 4.3.14 and 4.3.15 its zip64 form, 4.3.12 directory, 4.5.3 zip64 sizes, 4.3.7 local header).
struct ZipArchive {
    let file: MappedFile
    /// Where each entry's bytes lie in the file, by name. All ranges are within the file.
    let entries: [String: Range<Int>]

    init(_ file: MappedFile) throws(CheckpointError) {
        self.file = file
        var reader = DirectoryReader(file: file)
        entries = try reader.entries()
    }
}

private struct DirectoryReader {
    let file: MappedFile
    private static let endSignature: UInt32 = 0x0605_4b50
    private static let zip64EndSignature: UInt32 = 0x0606_4b50
    private static let zip64LocatorSignature: UInt32 = 0x0706_4b50
    private static let directorySignature: UInt32 = 0x0201_4b50
    private static let localSignature: UInt32 = 0x0403_4b50
    private static let endLength = 22
    private static let mostEntries = 200_000
    private static let directoryEntryLength = 46
    private static let localHeaderLength = 30

    init(file: MappedFile) { self.file = file }

    mutating func entries() throws(CheckpointError) -> [String: Range<Int>] {
        let (count, start) = try directory()
        guard count <= Self.mostEntries else {
            throw malformed(nil, "it claims to hold \(count) records, more than any network has")
        }
        var entries: [String: Range<Int>] = [:]
        var offset = start
        for _ in 0..<count {
            let (name, range, length) = try entry(at: offset)
            guard entries.updateValue(range, forKey: name) == nil else {
                throw malformed(name, "is twice in the archive")
            }
            offset += length
        }
        return entries
    }

    /// The number of directory entries and where the first one starts.
    private func directory() throws(CheckpointError) -> (count: UInt64, start: Int) {
        guard file.integer(UInt32.self, at: 0) == Self.localSignature else {
            throw malformed(
                nil, "expected a torch zip file, found another format: save it again with torch 1.6 or later")
        }
        // The end record is the last thing in the file but for a comment of at most 65535 bytes.
        let last = file.count - Self.endLength
        let first = max(0, last - 0xffff)
        guard last >= 0,
            let end = (first...last).last(where: { file.integer(UInt32.self, at: $0) == Self.endSignature })
        else { throw malformed(nil, "truncated: the archive has no directory") }

        let count = try UInt64(number(UInt16.self, at: end + 10))
        let start = try UInt64(number(UInt32.self, at: end + 16))
        let locator = end - 20
        guard file.integer(UInt32.self, at: locator) == Self.zip64LocatorSignature else {
            return (count, try bounded(start, nil))
        }
        let record = try bounded(number(UInt64.self, at: locator + 8), nil)
        guard file.integer(UInt32.self, at: record) == Self.zip64EndSignature else {
            throw malformed(nil, "the archive's zip64 record is not where its locator says")
        }
        return (try number(UInt64.self, at: record + 32), try bounded(number(UInt64.self, at: record + 48), nil))
    }

    private func entry(at offset: Int) throws(CheckpointError) -> (name: String, range: Range<Int>, length: Int) {
        guard file.integer(UInt32.self, at: offset) == Self.directorySignature else {
            throw malformed(nil, "the archive's directory is broken at byte \(offset)")
        }
        let flags = try number(UInt16.self, at: offset + 8)
        let method = try number(UInt16.self, at: offset + 10)
        let stored = try number(UInt32.self, at: offset + 20)
        let unpacked = try number(UInt32.self, at: offset + 24)
        let nameLength = try Int(number(UInt16.self, at: offset + 28))
        let extraLength = try Int(number(UInt16.self, at: offset + 30))
        let commentLength = try Int(number(UInt16.self, at: offset + 32))
        let header = try number(UInt32.self, at: offset + 42)
        let nameStart = offset + Self.directoryEntryLength
        let length = Self.directoryEntryLength + nameLength + extraLength + commentLength
        guard offset + length <= file.count else {
            throw malformed(nil, "truncated: the archive's directory is cut off")
        }
        let name = String(decoding: file.copy(nameStart..<nameStart + nameLength), as: UTF8.self)
        guard method == 0, flags & 1 == 0 else {
            throw malformed(name, "is compressed or encrypted, which torch.save never does")
        }

        // Fields of all ones stand in the zip64 extra field, in this order.
        var wide = Zip64Field(
            file: file, range: nameStart + nameLength..<nameStart + nameLength + extraLength)
        let unpackedSize = unpacked == .max ? wide.next() : UInt64(unpacked)
        let storedSize = stored == .max ? wide.next() : UInt64(stored)
        let headerOffset = header == .max ? wide.next() : UInt64(header)
        guard let unpackedSize, let storedSize, let headerOffset, unpackedSize == storedSize else {
            throw malformed(name, "its sizes in the archive's directory contradict each other")
        }

        let local = try bounded(headerOffset, name)
        guard file.integer(UInt32.self, at: local) == Self.localSignature else {
            throw malformed(name, "is not where the archive's directory says")
        }
        let begin =
            try local + Self.localHeaderLength + Int(number(UInt16.self, at: local + 26))
            + Int(number(UInt16.self, at: local + 28))
        guard begin <= file.count, storedSize <= UInt64(file.count - begin) else {
            throw malformed(name, "truncated: its data ends after the file")
        }
        return (name, begin..<begin + Int(storedSize), length)
    }

    private func number<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) throws(CheckpointError) -> T {
        guard let value = file.integer(type, at: offset) else {
            throw malformed(nil, "truncated: the archive is cut off")
        }
        return value
    }

    private func bounded(_ offset: UInt64, _ name: String?) throws(CheckpointError) -> Int {
        guard offset < UInt64(file.count) else {
            throw malformed(name, "its offset in the archive lies after the file's end")
        }
        return Int(offset)
    }

    private func malformed(_ key: String?, _ reason: String) -> CheckpointError {
        .malformed(file: file.path, key: key, reason: reason)
    }
}

/// The 64-bit numbers of a directory entry's extra field with the tag 1.
private struct Zip64Field {
    let file: MappedFile
    private var numbers: Range<Int>

    init(file: MappedFile, range: Range<Int>) {
        self.file = file
        numbers = 0..<0
        var offset = range.lowerBound
        while offset + 4 <= range.upperBound, let tag = file.integer(UInt16.self, at: offset),
            let length = file.integer(UInt16.self, at: offset + 2)
        {
            let end = offset + 4 + Int(length)
            guard end <= range.upperBound else { return }
            if tag == 1 { numbers = offset + 4..<end }
            offset = end
        }
    }

    mutating func next() -> UInt64? {
        guard numbers.count >= 8, let value = file.integer(UInt64.self, at: numbers.lowerBound) else { return nil }
        numbers = numbers.lowerBound + 8..<numbers.upperBound
        return value
    }
}
