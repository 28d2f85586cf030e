import Testing

@testable import Core

@Suite struct ID3TagTests {
    /// A text of two bytes a letter with a byte too many, which was read without end.
    @Test(arguments: [[0x61, 0, 0], [0x61, 0, 0, 0, 0x62], [0x61, 0, 0, 0, 0x62, 0, 0x63]] as [[UInt8]])
    func halfALetterAtTheEndOfATextIsPassedOver(letters: [UInt8]) {
        let content = [1, 0xFF, 0xFE] + letters
        let frame = Array("TIT2".utf8) + [0, 0, 0, UInt8(content.count), 0, 0] + content
        let tag = Array("ID3".utf8) + [4, 0, 0, 0, 0, 0, UInt8(frame.count)] + frame
        let titles = ID3Tag.read(tag, rate: 44_100).fields.map(\.text)
        #expect(titles == (letters.count > 5 ? ["a", "b"] : ["a"]))
    }
}
