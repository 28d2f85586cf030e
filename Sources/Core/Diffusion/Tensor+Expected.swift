extension Tensor {
    /// Of a latent [B, T, F, C]: what its cells are, roughly, as far as the kept ones tell.
    ///
    /// Kept cells stay as they are. In each bin a straight line leads over the others, from the last kept frame to the next one, each a mean
    /// over the kept among five frames; at an end it is level. A bin that keeps nothing is 0.
    /// - Parameter isKept: of the cell t * F + f.
    func expected(where isKept: (Int) -> Bool) -> Tensor {
        precondition(shape.count == 4, "a latent has four axes")
        let (batch, frames, bins, channels) = (shape[0], shape[1], shape[2], shape[3])
        var result = self
        result.withMutableSpan { target in
            withSpan { source in
                for bin in 0..<bins {
                    let kept = (0..<frames).filter { isKept($0 * bins + bin) }
                    guard kept.count < frames else { continue }
                    // The last kept frame up to each frame, and the first from it on.
                    var (last, next) = ([Int?](repeating: nil, count: frames), [Int?](repeating: nil, count: frames))
                    for frame in kept { (last[frame], next[frame]) = (frame, frame) }
                    for frame in 1..<max(frames, 1) { last[frame] = last[frame] ?? last[frame - 1] }
                    for frame in (0..<max(frames - 1, 0)).reversed() { next[frame] = next[frame] ?? next[frame + 1] }
                    for item in 0..<batch {
                        func index(_ frame: Int) -> Int { ((item * frames + frame) * bins + bin) * channels }
                        func mean(around frame: Int, _ channel: Int) -> Float {
                            let near = (frame - 2...frame + 2).filter {
                                (0..<frames).contains($0) && isKept($0 * bins + bin)
                            }
                            return near.reduce(0) { $0 + source[index($1) + channel] } / Float(near.count)
                        }
                        for frame in 0..<frames where last[frame] != frame {
                            for channel in 0..<channels {
                                let place = index(frame) + channel
                                switch (last[frame], next[frame]) {
                                case (let before?, let after?):
                                    let share = Float(frame - before) / Float(after - before)
                                    target[place] =
                                        mean(around: before, channel) * (1 - share)
                                        + mean(around: after, channel) * share
                                case (let before?, nil): target[place] = mean(around: before, channel)
                                case (nil, let after?): target[place] = mean(around: after, channel)
                                case (nil, nil): target[place] = 0
                                }
                            }
                        }
                    }
                }
            }
        }
        return result
    }
}
