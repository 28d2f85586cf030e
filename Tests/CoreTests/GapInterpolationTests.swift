import Foundation
import TestSupport
import Testing

@testable import Core

/// Linear prediction across a gap, held against plain linear algebra and against what a tone does.
@Suite struct GapInterpolationTests {
    /// Gauss' elimination with the largest pivots: the naive twin.
    private func solution(of rows: [[Double]], _ right: [Double]) -> [Double] {
        var (matrix, right) = (rows, right)
        let size = right.count
        for column in 0..<size {
            let pivot = (column..<size).max { abs(matrix[$0][column]) < abs(matrix[$1][column]) } ?? column
            matrix.swapAt(column, pivot)
            right.swapAt(column, pivot)
            for row in column + 1..<max(size, column + 1) {
                let factor = matrix[row][column] / matrix[column][column]
                for other in column..<size { matrix[row][other] -= factor * matrix[column][other] }
                right[row] -= factor * right[column]
            }
        }
        for row in (0..<size).reversed() {
            for other in row + 1..<max(size, row + 1) { right[row] -= matrix[row][other] * right[other] }
            right[row] /= matrix[row][row]
        }
        return right
    }

    private func largest(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { abs($0 - $1) }.max() ?? .infinity }

    @Test(arguments: [1, 2, 3, 4, 15, 16, 17, 18, 31, 33, 34, 200], InstructionSet.available)
    func aToeplitzSystemIsSolved(size: Int, set: InstructionSet) {
        var random = TestRandom(seed: UInt64(size))
        let column = (0..<size).map { index -> Double in
            let decay: Double = pow(0.9, Double(index)) * cos(0.3 * Double(index))
            return index == 0 ? decay + 1.5 : decay
        }
        let right = (0..<size).map { _ in Double(random.next()) }
        let rows = (0..<size).map { row in (0..<size).map { column[abs(row - $0)] } }
        let found = InstructionSet.$current.withValue(set) { ToeplitzMatrix(column: column).solution(of: right) }
        let error = largest(found, solution(of: rows, right))
        #expect(error < 1e-10)
    }

    @Test(arguments: InstructionSet.available) func aStepOfLevinsonsRecursionIsAsItIsWritten(set: InstructionSet) {
        var random = TestRandom(seed: 7)
        func draw(_ count: Int) -> [Double] { (0..<count).map { _ in Double(random.next()) } }
        for count in [1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 47, 64, 65, 100, 1001] {
            // One more, which must stay as it is.
            var (x, y) = (draw(count + 1), draw(count + 1))
            let (past, next, reflection) = (draw(count), 0.3, -0.7)
            let turned = y[..<count].reversed() + [0]
            let (newX, newY) = (zip(x, turned).map { $0 + next * $1 }, zip(y, turned).map { $0 + reflection * $1 })
            var products = [9.0, 9.0]
            unsafe set.kernels.pointee.levinson(&x, &y, Int64(count), next, reflection, past, &products)
            let sums = [newX, newY].map { zip($0, past).reduce(0) { $0 + $1.0 * $1.1 } }
            let error = max(largest(x, newX), largest(y, newY), largest(products, sums))
            #expect(error < 1e-12 * Double(count), "\(count)")
        }
    }

    @Test func aSingularToeplitzSystemIsSolvedAsFarAsItCanBe() {
        let result = ToeplitzMatrix(column: [1, 1, 1, 1]).solution(of: [2, 2, 2, 2])
        let error = abs(result.reduce(0, +) - 2)
        #expect(error < 1e-3)
        #expect(ToeplitzMatrix(column: [0, 0]).solution(of: [1, 1]) == [0, 0])
    }

    /// Of the sum of the squared errors, written out: no other samples make it smaller.
    @Test func theInterpolationHasTheSmallestErrors() {
        var random = TestRandom(seed: 3)
        let sound = (0..<400).map { Double(0.2 * random.next()) + sin(0.2 * Double($0)) }
        let predictor = LinearPrediction(autocorrelationOf: [sound], order: 12)
        let (before, after) = (Array(sound[..<180]), Array(sound[210...]))
        let made = predictor.interpolation(before: before, after: after, count: 30)
        func errors(_ gap: [Double]) -> [Double] {
            let whole = Array(before.suffix(12)) + gap + Array(after.prefix(12))
            return (12..<whole.count).map { place in
                whole[place]
                    + predictor.coefficients.indices.reduce(0) {
                        $0 + predictor.coefficients[$1] * whole[place - 1 - $1]
                    }
            }
        }
        let found = errors(made).reduce(0) { $0 + $1 * $1 }
        #expect(
            largest(
                errors(made), predictor.predictionErrors(of: Array(before.suffix(12)) + made + Array(after.prefix(12))))
                < 1e-12)
        for place in made.indices {
            for step in [-1e-3, 1e-3] {
                var other = made
                other[place] += step
                #expect(errors(other).reduce(0) { $0 + $1 * $1 } > found)
            }
        }
    }

    /// The predictor of a process is found, and by both methods alike.
    @Test func thePredictorOfAProcessIsFound() {
        var random = TestRandom(seed: 9)
        var sound = [0.0, 0.0]
        for _ in 0..<60_000 {
            sound.append(1.6 * sound[sound.count - 1] - 0.8 * sound[sound.count - 2] + Double(random.next()))
        }
        let fitted = LinearPrediction(autocorrelationOf: [sound], order: 2).coefficients
        #expect(abs(fitted[0] + 1.6) < 0.01 && abs(fitted[1] - 0.8) < 0.01)
        let halves = LinearPrediction(
            autocorrelationOf: [Array(sound[..<30_000]), Array(sound[30_000...])], order: 2
        ).coefficients
        #expect(largest(fitted, halves) < 0.02)
    }

    @Test(arguments: [8000, 16_000, 48_000], [0.002, 0.02, 0.1, 0.3])
    func aToneGoesOn(rate: Int, seconds: Double) {
        var random = TestRandom(seed: 2)
        let count = Int(seconds * Double(rate))
        let sound = (0..<3 * rate).map { index -> Float in
            let time = Double(index) / Double(rate)
            return Float(0.3 * sin(2 * .pi * 440 * time + 0.4) + 0.1 * sin(2 * .pi * 1873 * time)) + 0.001
                * random.next()
        }
        let gap = GapInterpolation(
            before: Array(sound[..<rate]), after: Array(sound[(rate + count)...]), count: count,
            settings: .init(rate: rate, gap: count))
        let error = gap.samples.indices.reduce(0.0) { $0 + pow(gap.samples[$1] - Double(sound[rate + $1]), 2) }
        let power = sound[rate..<rate + count].reduce(0.0) { $0 + Double($1 * $1) }
        // 0.5 dB and 5 degrees are 20 dB.
        #expect(10 * log10(power / error) > 24)
    }

    @Test func aGapAtTheBeginningOrTheEndIsContinued() {
        let sound = (0..<4000).map { Float(sin(0.1 * Double($0))) }
        let settings = GapInterpolation.Settings(rate: 16_000, gap: 100)
        for isFirst in [true, false] {
            let gap = GapInterpolation(
                before: isFirst ? [] : Array(sound[..<3900]), after: isFirst ? Array(sound[100...]) : [], count: 100,
                settings: settings)
            let truth = isFirst ? sound[..<100] : sound[3900...]
            let error = zip(gap.samples, truth).map { abs($0 - Double($1)) }.max() ?? 1
            #expect(error < 0.1)
        }
    }

    @Test func nothingIsForetoldOfNothing() {
        let gap = GapInterpolation(before: [], after: [], count: 50, settings: .init(rate: 16_000, gap: 50))
        #expect(gap.samples == [Double](repeating: 0, count: 50) && gap.innovation == 0)
        let silent = GapInterpolation(
            before: [Float](repeating: 0, count: 900), after: [Float](repeating: 0, count: 900), count: 50,
            settings: .init(rate: 16_000, gap: 50))
        #expect(silent.samples.allSatisfy { $0 == 0 } && silent.innovation == 0)
    }

    /// What is drawn has the power of the process far from the sides, whichever way it is drawn.
    @Test(arguments: [2000, 12_000])
    func whatIsDrawnHasThePowerOfTheProcess(count: Int) {
        var random = TestRandom(seed: 8)
        let sound = (0..<32_000).map { _ in random.next() }
        let gap = GapInterpolation(
            before: Array(sound[..<16_000]), after: Array(sound[16_000...]), count: count,
            settings: .init(rate: 16_000, gap: count))
        let drawn = gap.deviation(
            innovations: (0..<count + gap.predictor.order).map { _ in
                gap.innovation * 3.0.squareRoot() * Double(random.next())
            },
            count: count)
        let middle = drawn[count / 3..<2 * count / 3]
        let power = middle.reduce(0) { $0 + $1 * $1 } / Double(middle.count)
        // A predictor of high order, fitted to little, has a little more power than what it was fitted to.
        #expect(abs(10 * log10(power * 3)) < 2.5)
    }
}
