import Testing

@testable import Core

@Suite struct SampleSpoolTests {
    @Test(arguments: [1000, 1 << 20]) func whatWasPutAsideComesBackInOrder(_ capacity: Int) throws {
        let spool = SampleSpool(capacity: capacity)
        var expected: [Float] = []
        for block in 0..<70 {
            let samples = (0..<2003).map { Float(block * 2003 + $0) }
            expected += samples
            try spool.append(samples)
        }
        try spool.append([.nan, -1e9])
        var found: [Float] = []
        try spool.forEachBlock { found += $0 }
        let isSame = Array(found.dropLast(2)) == expected
        #expect(isSame && found.count == expected.count + 2)
        #expect(spool.peak == 1e9)
    }
}
