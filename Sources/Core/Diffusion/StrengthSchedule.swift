/// When each cell of a latent starts to change, given its strength.
///
/// Of `steps` steps, a cell of strength s takes the last s * steps, rounded: 0 takes none and keeps the source, 1 takes all of them and
/// starts from pure noise. Until its first step a cell is held to the source. What changes most takes one step at least, and where s * steps
/// is no integer its first step is longer or shorter by the rest, so that it starts at the very level that its strength says.
public struct StrengthSchedule: Sendable, Equatable {
    /// The first step that each cell takes, row-major [T, F]; `steps` for a cell that takes none.
    let firstSteps: [Int]
    let steps: Int
    /// The strength of what changes most.
    let largest: Double

    /// - Parameter strengths: row-major [T, F], each 0...1.
    init(strengths: [Float], steps: Int) {
        precondition(strengths.allSatisfy { $0 >= 0 && $0 <= 1 }, "a strength outside 0...1")
        let largest = strengths.max() ?? 0
        let start = steps - Self.stepCount(strength: Double(largest), of: steps)
        self.steps = steps
        self.largest = Double(largest)
        firstSteps = strengths.map { $0 == largest ? start : steps - Self.rounded(Double($0), steps) }
    }

    /// How many steps are taken where nothing changes more than by a strength: strength * steps, rounded, halves to the even number, and at
    /// least 1 above strength 0.
    /// - Parameters:
    ///   - strength: how far what changes most may change, 0...1.
    ///   - steps: the number of steps from pure noise.
    public static func stepCount(strength: Double, of steps: Int) -> Int {
        strength > 0 ? max(1, rounded(strength, steps)) : 0
    }

    private static func rounded(_ strength: Double, _ steps: Int) -> Int {
        Int((strength * Double(steps)).rounded(.toNearestOrEven))
    }

    /// The first step that any cell takes.
    var start: Int { firstSteps.min() ?? 0 }
    /// Where the first step starts, counted in steps from pure noise.
    var place: Double { Double(steps) * (1 - largest) }

    func isHeld(_ cell: Int, at step: Int) -> Bool { firstSteps[cell] > step }
}
