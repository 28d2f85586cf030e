internal import CCairo
internal import Foundation

/// A picture to draw on, in points from its upper left corner; every point is `sharpness` pixels wide.
@safe final class Canvas {
    /// Red, green, blue, each 0 to 1, and how much of it there is.
    struct Colour {
        let red, green, blue: Double
        var opacity = 1.0

        static let ink = Colour(red: 0.13, green: 0.13, blue: 0.15)
        static let faint = Colour(red: 0.45, green: 0.45, blue: 0.48)
        static let paper = Colour(red: 1, green: 1, blue: 1)
        static let mark = Colour(red: 0.10, green: 0.75, blue: 0.95)
    }

    enum Anchor { case left, middle, right }

    private let surface: OpaquePointer
    private let context: OpaquePointer

    init(width: Double, height: Double, sharpness: Double) {
        unsafe surface = cairo_image_surface_create(
            CAIRO_FORMAT_RGB24, Int32(width * sharpness), Int32(height * sharpness))
        unsafe context = cairo_create(surface)
        unsafe cairo_scale(context, sharpness, sharpness)
        fill(x: 0, y: 0, width: width, height: height, .paper)
    }

    deinit {
        unsafe cairo_destroy(context)
        unsafe cairo_surface_destroy(surface)
    }

    func fill(x: Double, y: Double, width: Double, height: Double, _ colour: Colour) {
        use(colour)
        unsafe cairo_rectangle(context, x, y, width, height)
        unsafe cairo_fill(context)
    }

    func outline(x: Double, y: Double, width: Double, height: Double, _ colour: Colour) {
        use(colour)
        unsafe cairo_set_line_width(context, 1)
        unsafe cairo_rectangle(context, x - 0.5, y - 0.5, width + 1, height + 1)
        unsafe cairo_stroke(context)
    }

    func line(
        from: (x: Double, y: Double), to: (x: Double, y: Double), width: Double = 1, dash: Double = 0, _ colour: Colour
    ) {
        use(colour)
        unsafe cairo_set_line_width(context, width)
        var dashes = [dash, dash]
        unsafe cairo_set_dash(context, &dashes, dash > 0 ? 2 : 0, 0)
        unsafe cairo_move_to(context, from.x, from.y)
        unsafe cairo_line_to(context, to.x, to.y)
        unsafe cairo_stroke(context)
        unsafe cairo_set_dash(context, nil, 0, 0)
    }

    /// Text with its baseline at `y`.
    func text(
        _ text: String, x: Double, y: Double, size: Double = 12, _ anchor: Anchor = .left, isBold: Bool = false,
        isUpright: Bool = false, _ colour: Colour = .ink
    ) {
        use(colour)
        unsafe cairo_select_font_face(
            context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
        unsafe cairo_set_font_size(context, size)
        var extents = cairo_text_extents_t()
        unsafe cairo_text_extents(context, text, &extents)
        let shift =
            switch anchor {
            case .left: 0.0
            case .middle: -extents.x_advance / 2
            case .right: -extents.x_advance
            }
        unsafe cairo_save(context)
        unsafe cairo_translate(context, x, y)
        if isUpright { unsafe cairo_rotate(context, -.pi / 2) }
        unsafe cairo_move_to(context, shift, 0)
        unsafe cairo_show_text(context, text)
        unsafe cairo_restore(context)
    }

    /// An image of `columns` x `rows` pixels (0xRRGGBB, row-major, the top row first) stretched over a rectangle.
    func image(_ pixels: [UInt32], columns: Int, rows: Int, x: Double, y: Double, width: Double, height: Double) {
        precondition(pixels.count == columns * rows, "\(pixels.count) pixels for \(columns) x \(rows)")
        let image = unsafe cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(columns), Int32(rows))
        defer { unsafe cairo_surface_destroy(image) }
        let stride = Int(unsafe cairo_image_surface_get_stride(image))
        unsafe cairo_surface_flush(image)
        guard let data = unsafe cairo_image_surface_get_data(image) else { return }
        for row in 0..<rows {
            for column in 0..<columns {
                unsafe UnsafeMutableRawPointer(data).storeBytes(
                    of: pixels[row * columns + column], toByteOffset: row * stride + 4 * column, as: UInt32.self)
            }
        }
        unsafe cairo_surface_mark_dirty(image)
        unsafe cairo_save(context)
        unsafe cairo_translate(context, x, y)
        unsafe cairo_scale(context, width / Double(columns), height / Double(rows))
        unsafe cairo_set_source_surface(context, image, 0, 0)
        unsafe cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST)
        unsafe cairo_paint(context)
        unsafe cairo_restore(context)
    }

    /// The picture as a PNG file's bytes.
    func png() -> Data {
        var data = Data()
        unsafe withUnsafeMutablePointer(to: &data) { data in
            _ = unsafe cairo_surface_write_to_png_stream(
                surface,
                { data, bytes, count in
                    unsafe data!.assumingMemoryBound(to: Data.self).pointee.append(bytes!, count: Int(count))
                    return CAIRO_STATUS_SUCCESS
                }, data)
        }
        return data
    }

    private func use(_ colour: Colour) {
        unsafe cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, colour.opacity)
    }
}
