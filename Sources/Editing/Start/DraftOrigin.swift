/// Where a draft was taken from.
struct DraftOrigin {
    /// Frames of the recording that stand in a draft.
    struct Piece {
        /// The frames of the draft, counted from its first, that it makes or goes over into.
        let frames: Range<Int>
        /// The frame of the passage that stands, or would stand, at the draft's first.
        let place: Int
        /// The frames at its beginning over which the piece before goes over into it.
        let fade: Int
    }

    /// Pieces one after the other, from the draft's beginning.
    let first: [Piece]
    /// Pieces up to the draft's end, from where the others fade into them; none where the others go as far.
    let second: [Piece]
    /// The frames over which the ones fade into the others, counted from the draft's first.
    let fading: Range<Int>

    /// - Parameters:
    ///   - first: pieces from the draft's beginning, as far as they go.
    ///   - second: pieces up to its end, likewise; none where the others go as far.
    ///   - fading: where the ones fade into the others.
    init(first: [Piece], second: [Piece] = [], fading: Range<Int> = 0..<0) {
        func part(_ pieces: [Piece], _ frames: Range<Int>) -> [Piece] {
            pieces.filter { $0.frames.overlaps(frames) }
        }
        self.first = second.isEmpty ? first : part(first, .min..<fading.upperBound)
        self.second = part(second, fading.lowerBound..<(.max))
        self.fading = fading
    }

    init(_ choice: PassageSearch.Choice, frames: Int, shiftedBy shift: Int) {
        func piece(_ place: Int) -> [Piece] { [Piece(frames: 0..<frames, place: place + shift, fade: 0)] }
        if choice.isSingle {
            self.init(first: piece(choice.first))
        } else {
            self.init(first: piece(choice.first), second: piece(choice.second), fading: choice.fading)
        }
    }
}
