import Core
import Evaluation
import Foundation
import TestSupport
import Testing

/// Figures against numpy's and scipy's (Tests/Fixtures/make_evaluation.py), and laws that they keep.
@Suite struct FigureTests {
    private let tensors: WeightScope
    private let numbers: Numbers

    private struct Numbers: Decodable {
        let frechet: [String: Double]
        let inceptionScore, divergence: Double
        let mel: [Double]
        let lsd44100, lsd48000, sdr44100, sdr48000: Double

        private enum CodingKeys: String, CodingKey {
            case frechet, divergence, mel
            case inceptionScore = "inception_score"
            case lsd44100 = "lsd.44100"
            case lsd48000 = "lsd.48000"
            case sdr44100 = "si_sdr.44100"
            case sdr48000 = "si_sdr.48000"
        }
    }

    init() throws {
        tensors = try Fixture.tensors("evaluation/tensors.safetensors")
        numbers = try JSONDecoder().decode(
            Numbers.self, from: Data(contentsOf: Fixture.url("evaluation/numbers.json")))
    }

    private func vectors(_ name: some StringProtocol) throws -> DenseMatrix {
        let tensor = try tensors.tensor(named: "vectors.\(name)")
        return DenseMatrix(tensor.elements.map(Double.init), rows: tensor.shape[0], columns: tensor.shape[1])
    }

    // MARK: - Sets

    @Test func distancesAreScipys() throws {
        #expect(numbers.frechet.count == 4)
        for (names, expected) in numbers.frechet {
            let pair = names.split(separator: " ")
            let (a, b) = (try vectors(pair[0]), try vectors(pair[1]))
            let distance = FrechetDistance.between(a, b)
            #expect(abs(distance - expected) < 1e-6 * max(1, expected), "\(names): \(distance), expected \(expected)")
            #expect(abs(FrechetDistance.between(b, a) - distance) < 1e-8, "\(names)")
        }
    }

    @Test func aSetIsAtNoDistanceFromItself() throws {
        for name in ["few", "some", "many"] {
            let distance = FrechetDistance.between(try vectors(name), try vectors(name))
            #expect(distance < 1e-9, "\(name): \(distance)")
        }
    }

    /// Moved by a vector, a set lies at the square of its length.
    @Test func theMeansCount() throws {
        let some = try vectors("some")
        let moved = DenseMatrix(some.elements.map { $0 + 2 }, rows: some.rows, columns: some.columns)
        #expect(abs(FrechetDistance.between(some, moved) - 4 * 12) < 1e-9)
    }

    @Test func singularValuesAreThoseOfTheTranspose() throws {
        let many = try vectors("many")
        let turned = DenseMatrix(
            (0..<many.columns).flatMap { column in (0..<many.rows).map { many[$0, column] } }, rows: many.columns,
            columns: many.rows)
        let pairs = zip(many.singularValues, turned.singularValues)
        #expect(many.singularValues.count == 12)
        let apart = pairs.map { abs($0 - $1) }.max() ?? 1
        #expect(apart < 1e-10)
        // Their squares add up to those of the elements.
        let energy = many.elements.reduce(0) { $0 + $1 * $1 }
        #expect(abs(many.singularValues.reduce(0) { $0 + $1 * $1 } - energy) < 1e-8)
    }

    @Test func productsAreSums() throws {
        let (a, b) = (try vectors("few"), try vectors("some"))
        let product = a.times(transposeOf: b)
        var worst = 0.0
        for row in 0..<a.rows {
            for column in 0..<b.rows {
                let sum = (0..<12).reduce(0) { $0 + a[row, $1] * b[column, $1] }
                worst = max(worst, abs(sum - product[row, column]))
            }
        }
        #expect(product.rows == 5 && product.columns == 13 && worst < 1e-12)
        let square = a.transposeTimes(a)
        #expect(square.rows == 12 && abs(square[3, 4] - (0..<5).reduce(0) { $0 + a[$1, 3] * a[$1, 4] }) < 1e-12)
    }

    private func posteriors() throws -> [Posterior] {
        let logits = try tensors.tensor(named: "logits")
        return (0..<logits.shape[0]).map { row in
            Posterior(logits: Array(logits.elements[row * logits.shape[1]..<(row + 1) * logits.shape[1]]))
        }
    }

    @Test func scoresAndDivergencesAreNumpys() throws {
        let posteriors = try posteriors()
        #expect(abs(InceptionScore.of(posteriors) - numbers.inceptionScore) < 1e-6)
        #expect(abs(posteriors[0].divergence(to: posteriors[1]) - numbers.divergence) < 1e-6)
        #expect(abs(posteriors[0].divergence(to: posteriors[0])) < 1e-4)
    }

    @Test func theInceptionScoreGoesFromOneToTheNumberOfClasses() {
        let sure = (0..<5).map { wanted in Posterior(logits: (0..<5).map { $0 == wanted ? 100 : 0 }) }
        #expect(abs(InceptionScore.of(sure) - 5) < 1e-9)
        #expect(abs(InceptionScore.of(Array(repeating: sure[0], count: 5)) - 1) < 1e-9)
    }

    // MARK: - Pairs

    private func pair(_ rate: Int) throws -> (reference: [Float], output: [Float]) {
        (
            try tensors.tensor(named: "pair.\(rate).reference").elements,
            try tensors.tensor(named: "pair.\(rate).output").elements
        )
    }

    /// At 48 kHz the transform has 2229 samples, an odd number.
    @Test func spectralDistancesAreThoseOfSsrEval() throws {
        for (rate, expected) in [(44_100, numbers.lsd44100), (48_000, numbers.lsd48000)] {
            let (reference, output) = try pair(rate)
            let distance = PairMeasures.logSpectralDistance(reference, output, rate: rate)
            #expect(abs(distance - expected) < 0.01 * expected, "\(rate): \(distance), expected \(expected)")
            #expect(PairMeasures.logSpectralDistance(reference, reference, rate: rate) < 1e-6)
        }
    }

    @Test func distortionsAreNumpys() throws {
        for (rate, expected) in [(44_100, numbers.sdr44100), (48_000, numbers.sdr48000)] {
            let (reference, output) = try pair(rate)
            let ratio = try #require(PairMeasures.signalToDistortion(reference, output))
            #expect(abs(ratio - expected) < 1e-3)
            let louder = try #require(PairMeasures.signalToDistortion(reference, output.map { 3 * $0 }))
            #expect(abs(louder - ratio) < 1e-3)
            #expect(PairMeasures.signalToDistortion(reference, reference) == 100)
            #expect(PairMeasures.signalToDistortion(reference, output.map { _ in 0.25 }) == nil)
        }
    }

    @Test func melFiguresAreNumpys() throws {
        let (real, made) = (try tensors.tensor(named: "mel.reference"), try tensors.tensor(named: "mel.output"))
        let figures = try #require(PairMeasures.melFigures(real, made, floor: -11.5))
        #expect(abs(figures.error - numbers.mel[0]) < 1e-3)
        #expect(abs(figures.level - numbers.mel[1]) < 1e-3)
        #expect(abs(figures.texture - numbers.mel[2]) < 1e-4)
        let equal = try #require(PairMeasures.melFigures(real, real, floor: -11.5))
        #expect(equal.error == 0 && equal.level == 0 && equal.texture == 1)
        #expect(PairMeasures.melFigures(Tensor(repeating: -11.5, shape: real.shape), made, floor: -11.5) == nil)
    }
}
