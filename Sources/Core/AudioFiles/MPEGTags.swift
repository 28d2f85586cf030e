internal import Foundation

extension Metadata {
    /// Of an MPEG audio file: ID3v2 and APEv2 before the sound, APEv2, ID3v1 and others after it.
    init(mpegTags tags: [Range<Int>], of file: FileBytes, rate: Int) {
        family = .mpeg
        for range in tags {
            let bytes = file.read(range.count, at: range.lowerBound)
            // What lies between joined sounds belongs to a part of the file only.
            guard range.lowerBound == 0 || range.upperBound == file.size else { continue }
            blocks.append(Block(id: range.lowerBound == 0 ? "head" : "tail", content: bytes))
            if bytes.starts(with: "ID3".utf8) { merge(ID3Tag.read(bytes, rate: rate)) }
            if let place = bytes.firstRange(of: Array("APETAGEX".utf8)) {
                merge(APETag.read(Array(bytes[place.lowerBound...])))
            }
            if bytes.count >= 128, bytes[(bytes.count - 128)...].starts(with: "TAG".utf8) {
                merge(ID3v1Tag.read(Array(bytes.suffix(128))))
            }
        }
    }
}

/// APEv2, a tag of names and texts.
enum APETag {
    private static let names = [
        "YEAR": "DATE", "TRACK": "TRACKNUMBER", "DISC": "DISCNUMBER", "ALBUM ARTIST": "ALBUMARTIST",
    ]

    /// - Parameter bytes: from "APETAGEX" on, whether that is the tag's head or, where it has none, its foot.
    static func read(_ bytes: [UInt8]) -> Metadata {
        var metadata = Metadata()
        guard let count = bytes.integer(at: 16, bigEndian: false), let flags = bytes.integer(at: 20, bigEndian: false),
            flags & 0x2000_0000 != 0
        else { return metadata }
        var position = 32
        for _ in 0..<count {
            guard let size = bytes.integer(at: position, bigEndian: false),
                let kind = bytes.integer(at: position + 4, bigEndian: false),
                let end = bytes[min(position + 8, bytes.count)...].firstIndex(of: 0), size <= bytes.count - end - 1
            else { break }
            let key = bytes[position + 8..<end].latin1
            let value = Array(bytes[end + 1..<end + 1 + size])
            position = end + 1 + size
            if kind & 6 == 0 {
                for text in value.split(separator: 0) {
                    metadata.add(names[key.uppercased()] ?? key.uppercased(), TagText.read(text))
                }
            } else if key.hasPrefix("Cover Art"), let zero = value.firstIndex(of: 0) {
                let data = Array(value[(zero + 1)...])
                metadata.pictures.append(
                    Picture(
                        kind: key.contains("Front") ? 3 : 0,
                        mediaType: data.starts(with: [0x89, 0x50]) ? "image/png" : "image/jpeg",
                        description: TagText.read(value[..<zero]), data: data))
            } else {
                metadata.special.append("the APE item \(key)")
            }
        }
        return metadata
    }

    private typealias Picture = Metadata.Picture
}

/// ID3v1, the last 128 bytes of many an MP3 file.
enum ID3v1Tag {
    static func read(_ bytes: [UInt8]) -> Metadata {
        var metadata = Metadata()
        func text(_ range: Range<Int>) -> String {
            TagText.read(bytes[range]).trimmingCharacters(in: .whitespaces)
        }
        metadata.add("TITLE", text(3..<33))
        metadata.add("ARTIST", text(33..<63))
        metadata.add("ALBUM", text(63..<93))
        metadata.add("DATE", text(93..<97))
        metadata.add("COMMENT", text(97..<127))
        if bytes[125] == 0, bytes[126] != 0 { metadata.add("TRACKNUMBER", String(bytes[126])) }
        if genres.indices.contains(Int(bytes[127])) { metadata.add("GENRE", genres[Int(bytes[127])]) }
        return metadata
    }

    private static let genres = """
        Blues,Classic Rock,Country,Dance,Disco,Funk,Grunge,Hip-Hop,Jazz,Metal,New Age,Oldies,Other,Pop,R&B,Rap,Reggae,\
        Rock,Techno,Industrial,Alternative,Ska,Death Metal,Pranks,Soundtrack,Euro-Techno,Ambient,Trip-Hop,Vocal,\
        Jazz+Funk,Fusion,Trance,Classical,Instrumental,Acid,House,Game,Sound Clip,Gospel,Noise,AlternRock,Bass,Soul,\
        Punk,Space,Meditative,Instrumental Pop,Instrumental Rock,Ethnic,Gothic,Darkwave,Techno-Industrial,Electronic,\
        Pop-Folk,Eurodance,Dream,Southern Rock,Comedy,Cult,Gangsta,Top 40,Christian Rap,Pop/Funk,Jungle,\
        Native American,Cabaret,New Wave,Psychadelic,Rave,Showtunes,Trailer,Lo-Fi,Tribal,Acid Punk,Acid Jazz,Polka,\
        Retro,Musical,Rock & Roll,Hard Rock
        """.split(separator: ",").map(String.init)
}
