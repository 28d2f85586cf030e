public import Core
public import Editing
public import Foundation

/// A picture of one sound or of several, one under the other on the same axes: time, frequency (even in mel), and level
/// as colour, with the edited regions marked.
public struct SpectrogramPlot {
    private let panels: [Panel]
    private let regions: [Region]
    private let time: TimeScale
    private let frequency: FrequencyScale
    /// The level that has the brightest colour, in dB against a full-scale sine.
    private let brightest: Float

    private struct Panel {
        let title: String
        let subtitle: String
        let duration: Double
        /// Half of the sampling rate.
        let highest: Double
        let map: LevelMap
    }

    /// Measures the sounds, reading each once from start to end.
    /// - Parameters:
    ///   - files: the sounds, at least one, the uppermost first.
    ///   - regions: the regions to mark, in seconds.
    /// - Throws: `AudioError`; `EditingError` for a region outside the longest of them.
    public init(_ files: [AudioFile], regions: [Region] = []) throws {
        precondition(!files.isEmpty, "a picture of nothing")
        let time = TimeScale(duration: files.map(\.duration).max()!)
        let frequency = FrequencyScale(highest: files.map { Double($0.rate) / 2 }.max()!)
        for region in regions where region.start < 0 || region.end > time.duration + 1e-6 {
            throw EditingError.regionOutside(start: region.start, end: region.end, duration: time.duration)
        }
        panels = try files.map { file in
            // All on one time axis: a shorter sound gets its share of the columns.
            let columns = max(1, Int((Double(Layout.columns) * file.duration / time.duration).rounded()))
            return Panel(
                title: file.url.lastPathComponent, subtitle: Self.subtitle(file.format), duration: file.duration,
                highest: Double(file.rate) / 2,
                map: try LevelMap(file, columns: columns, rows: Layout.rows, scale: frequency))
        }
        self.regions = regions
        self.time = time
        self.frequency = frequency
        let highest = panels.map(\.map.highest).max()!
        brightest = highest <= LevelMap.silence ? 0 : 10 * (highest / 10).rounded(.up)
    }

    private static func subtitle(_ format: AudioFormat) -> String {
        let channels = format.channels == 1 ? "mono" : format.channels == 2 ? "stereo" : "\(format.channels) channels"
        return "\(format.container), \(format.encoding), \(format.rate) Hz, \(channels)"
    }

    /// Draws the picture: the bytes of a PNG file.
    public func png() -> Data {
        let height = Layout.top + Double(panels.count) * (Layout.height + Layout.gap) - Layout.gap + Layout.bottom
        let canvas = Canvas(
            width: Layout.left + Layout.width + Layout.right, height: height, sharpness: Layout.sharpness)
        for (index, panel) in panels.enumerated() {
            let y = Layout.top + Double(index) * (Layout.height + Layout.gap)
            draw(panel, on: canvas, y: y)
            drawAxes(on: canvas, y: y, isLast: index == panels.count - 1)
        }
        drawColours(on: canvas, from: Layout.top, to: height - Layout.bottom)
        return canvas.png()
    }

    /// In points; a point is `sharpness` pixels, a point of the map one pixel.
    private enum Layout {
        static let sharpness = 1.5
        static let columns = 1350
        static let rows = 420
        static let width = Double(columns) / sharpness
        static let height = Double(rows) / sharpness
        static let (left, right, top, bottom, gap) = (66.0, 92.0, 34.0, 50.0, 44.0)
        /// dB from the brightest colour to the darkest one.
        static let range: Float = 90
    }

    private func x(_ seconds: Double) -> Double { Layout.left + seconds / time.duration * Layout.width }

    /// The height of a frequency, in a panel that begins at `y`.
    private func level(_ hertz: Double, _ y: Double) -> Double {
        y + Layout.height * (1 - frequency.position(hertz))
    }

    private func draw(_ panel: Panel, on canvas: Canvas, y: Double) {
        canvas.text(panel.title, x: Layout.left, y: y - 11, size: 13, isBold: true)
        canvas.text(panel.subtitle, x: Layout.left + Layout.width, y: y - 11, size: 11, .right, .faint)

        canvas.fill(
            x: Layout.left, y: y, width: Layout.width, height: Layout.height, .init(red: 0.93, green: 0.93, blue: 0.94))
        let map = panel.map
        var pixels = [UInt32](repeating: 0, count: map.columns * map.rows)
        for column in 0..<map.columns {
            for row in 0..<map.rows {
                let value = 1 + (map.levels[column * map.rows + row] - brightest) / Layout.range
                pixels[(map.rows - 1 - row) * map.columns + column] = ColourMap.colour(value)
            }
        }
        // Above half of its rate a sound has no frequencies: the paper shows there.
        let rows = min(map.rows, Int((frequency.position(panel.highest) * Double(map.rows)).rounded(.up)))
        let visible = Array(pixels[((map.rows - rows) * map.columns)...])
        let height = Double(rows) / Double(map.rows) * Layout.height
        canvas.image(
            visible, columns: map.columns, rows: rows, x: Layout.left, y: y + Layout.height - height,
            width: panel.duration / time.duration * Layout.width, height: height)

        for region in regions {
            let (start, end) = (x(region.start), x(region.end))
            let top = region.band.map { level(min($0.high, frequency.highest), y) } ?? y
            let bottom = region.band.map { level(min($0.low, frequency.highest), y) } ?? y + Layout.height
            for edge in [start, end] {
                canvas.line(from: (edge, top), to: (edge, bottom), width: 1.2, dash: 4, .mark)
            }
            for edge in region.band == nil ? [] : [top, bottom] {
                canvas.line(from: (start, edge), to: (end, edge), width: 1.2, dash: 4, .mark)
            }
            canvas.fill(x: start, y: y - 5, width: max(1.5, end - start), height: 4, .mark)
        }
        canvas.outline(x: Layout.left, y: y, width: Layout.width, height: Layout.height, .ink)
    }

    private func drawAxes(on canvas: Canvas, y: Double, isLast: Bool) {
        let bottom = y + Layout.height
        for tick in time.ticks {
            canvas.line(from: (x(tick), bottom + 1), to: (x(tick), bottom + 5), .ink)
            canvas.text(time.label(tick), x: x(tick), y: bottom + 18, size: 11, .middle)
        }
        if isLast { canvas.text(time.unit, x: Layout.left + Layout.width / 2, y: bottom + 38, .middle) }
        for tick in frequency.ticks {
            let level = bottom - frequency.position(tick) * Layout.height
            canvas.line(from: (Layout.left - 5, level), to: (Layout.left - 1, level), .ink)
            canvas.text(FrequencyScale.label(tick), x: Layout.left - 9, y: level + 4, size: 11, .right)
        }
        canvas.text("frequency (Hz)", x: 18, y: y + Layout.height / 2, .middle, isUpright: true)
    }

    /// The bar that says which colour is which level.
    private func drawColours(on canvas: Canvas, from top: Double, to bottom: Double) {
        let (x, width) = (Layout.left + Layout.width + 22, 14.0)
        let steps = 256
        let pixels = (0..<steps).map { ColourMap.colour(1 - Float($0) / Float(steps - 1)) }
        canvas.image(pixels, columns: 1, rows: steps, x: x, y: top, width: width, height: bottom - top)
        canvas.outline(x: x, y: top, width: width, height: bottom - top, .ink)
        for level in stride(from: 0, through: Layout.range, by: 10) {
            let y = top + Double(level / Layout.range) * (bottom - top)
            canvas.line(from: (x + width + 1, y), to: (x + width + 5, y), .ink)
            canvas.text("\(Int(brightest - level))", x: x + width + 8, y: y + 4, size: 11)
        }
        canvas.text("dBFS", x: x + width / 2, y: top - 11, size: 11, .middle)
    }
}
