/// When each cell of a latent starts to change, given its strength.
///
/// Of `steps` steps, a cell of strength s takes the last floor(s * steps): 0 takes none and keeps the source, 1 takes all of them and
/// starts from pure noise. Until its first step a cell is held to the source.
public struct StrengthSchedule: Sendable, Equatable {
    /// The first step that each cell takes, row-major [T, F]; `steps` for a cell that takes none.
    let firstSteps: [Int]
    let steps: Int

    /// - Parameter strengths: row-major [T, F], each 0...1.
    init(strengths: [Float], steps: Int) {
        precondition(strengths.allSatisfy { $0 >= 0 && $0 <= 1 }, "a strength outside 0...1")
        self.steps = steps
        firstSteps = strengths.map { steps - Self.stepCount(strength: Double($0), of: steps) }
    }

    /// How many steps a cell takes: floor(strength * steps), where a product that misses an integer by rounding alone
    /// counts as that integer.
    /// - Parameters:
    ///   - strength: how far the cell may change, 0...1.
    ///   - steps: the number of steps from pure noise.
    public static func stepCount(strength: Double, of steps: Int) -> Int {
        min(steps, Int((strength * Double(steps) + 1e-4).rounded(.down)))
    }

    /// The first step that any cell takes.
    var start: Int { firstSteps.min() ?? 0 }

    func isHeld(_ cell: Int, at step: Int) -> Bool { firstSteps[cell] > step }
}
