public import Core
public import Foundation

/// A log-mel spectrogram as a bare picture: time from left to right, the lowest band at the bottom, level as colour.
public struct MelPicture {
    private let frames: Int
    private let bands: Int
    /// Row-major [frames, bands], in nepers.
    private let values: [Float]

    /// Pixels that a band is high and a frame is wide.
    private static let scale = 4
    /// Nepers from the brightest colour to the darkest one: 80 dB.
    private static let range: Float = 9.2

    /// Takes the picture's values; nothing is drawn yet.
    /// - Parameter mel: a log-mel [1, frames, bands] in nepers, as `EditPreview.mel` gives it.
    public init(_ mel: Tensor) {
        precondition(mel.shape.count == 3 && mel.shape[0] == 1, "one log-mel")
        (frames, bands) = (mel.shape[1], mel.shape[2])
        values = mel.elements
    }

    /// Draws the picture: the bytes of a PNG file in which a band is 4 pixels high and a frame 4 pixels wide.
    public func png() -> Data {
        let highest = max(values.max() ?? 0, -Self.range)
        var pixels = [UInt32](repeating: 0, count: frames * bands)
        for frame in 0..<frames {
            for band in 0..<bands {
                let value = 1 + (values[frame * bands + band] - highest) / Self.range
                pixels[(bands - 1 - band) * frames + frame] = ColourMap.colour(value)
            }
        }
        let (width, height) = (Double(frames * Self.scale), Double(bands * Self.scale))
        let canvas = Canvas(width: width, height: height, sharpness: 1)
        canvas.image(pixels, columns: frames, rows: bands, x: 0, y: 0, width: width, height: height)
        return canvas.png()
    }
}
