import TestSupport
import Testing

@testable import Core

@Suite struct LinearAlgebraTests {
    private func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
        a.indices.map { row in b[0].indices.map { column in b.indices.reduce(0) { $0 + a[row][$1] * b[$1][column] } } }
    }

    private func distance(_ a: [[Double]], _ b: [[Double]]) -> Double {
        zip(a.joined(), b.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }

    @Test(arguments: [1, 2, 6, 40]) func theSquareOfTheRootIsTheMatrix(size: Int) {
        var random = TestRandom(seed: 4)
        let factor = (0..<size).map { _ in (0..<size).map { _ in Double(random.next()) } }
        let transposed = factor.indices.map { row in factor.indices.map { factor[$0][row] } }
        let matrix = product(factor, transposed)
        let root = SymmetricMatrix(matrix).squareRoot
        #expect(distance(product(root, root), matrix) < 1e-10 * Double(size))
        #expect(distance(root, root.indices.map { row in root.indices.map { root[$0][row] } }) < 1e-12 * Double(size))
    }

    @Test func eigenvaluesBelowZeroAreTakenForZero() {
        // Eigenvalues 4 along (1, 1) and -2 along (1, -1).
        let root = SymmetricMatrix([[1, 3], [3, 1]]).squareRoot
        #expect(distance(root, [[1, 1], [1, 1]]) < 1e-12)
        #expect(SymmetricMatrix([]).squareRoot.isEmpty)
        #expect(distance(SymmetricMatrix([[0, 0], [0, 0]]).squareRoot, [[0, 0], [0, 0]]) == 0)
    }

    @Test func eigenvaluesRise() {
        let (values, vectors) = SymmetricMatrix([[2, 0, 0], [0, -1, 0], [0, 0, 5]]).eigensystem
        #expect(values == [-1, 2, 5])
        #expect(vectors.map(abs) == [0, 1, 0, 1, 0, 0, 0, 0, 1])
    }

    @Test(arguments: InstructionSet.available) func dotProductsAreSumsOfProducts(set: InstructionSet) {
        var random = TestRandom(seed: 5)
        for count in [0, 1, 7, 15, 16, 63, 64, 65, 129, 1000, 4099] {
            let (a, b) = (
                (0...count).map { _ in Double(random.next()) }, (0...count).map { _ in Double(random.next()) }
            )
            let expected = (0..<count).reduce(0.0) { $0 + a[$1 + 1] * b[$1] }
            // The second of two sums, which begins off any boundary.
            let found = InstructionSet.$current.withValue(set) { DotProduct.sliding(Array(b[..<count]), over: a)[1] }
            #expect(abs(found - expected) < 1e-13 * Double(max(count, 1)), "\(count)")
        }
    }

    @Test(arguments: InstructionSet.available) func slidingSumsAreSumsOfProducts(set: InstructionSet) {
        var random = TestRandom(seed: 6)
        for (taps, count) in [
            (1, 1), (7, 64), (64, 64), (65, 63), (63, 65), (128, 129), (200, 1), (513, 200), (2049, 131), (1, 1000),
        ] {
            // No sample more than needed, so that a read beyond them is noticed.
            let samples = (0..<taps + count - 1).map { _ in Double(random.next()) }
            let weights = (0..<taps).map { _ in Double(random.next()) }
            let found = InstructionSet.$current.withValue(set) { DotProduct.sliding(weights, over: samples) }
            let expected = (0..<count).map { n in (0..<taps).reduce(0.0) { $0 + weights[$1] * samples[n + $1] } }
            #expect(found.count == count)
            #expect(
                zip(found, expected).allSatisfy { abs($0 - $1) < 1e-13 * Double(taps) }, "\(taps) taps, \(count)")
        }
        #expect(DotProduct.sliding([1, 2], over: [3]).isEmpty)
    }
}
