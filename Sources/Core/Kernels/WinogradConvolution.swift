internal import CKernels

/// Which line algorithms convolve an image with fewer products, and in what portions.
struct WinogradPlan {
    /// Down the columns and along the rows, as the kernels number them.
    let columns: Int
    let rows: Int
    /// What the transformed tiles and weights are kept as.
    let operands: Precision
    let segments: Int
    let tilesHigh: Int
    let tilesWide: Int

    /// Memory for the transformed tiles of one strip: one thread's second-level cache, or the cache that threads share.
    private static let ownCache = 400 << 10
    private static let sharedCache = 8 << 20
    /// Memory for the products of one panel.
    private static let productCache = 512 << 10

    /// The cheapest plan for a convolution of stride 1, or nil if a direct sum is cheaper.
    ///
    /// The costs count products for each pair of channels; transforming the weights counts as three rows of products.
    init?(_ geometry: ConvolutionGeometry, batch: Int, channels: Int, outputs: Int, _ precision: Precision) {
        guard geometry.stride == 1, channels % 16 == 0, channels <= 4096, outputs >= 16 else { return nil }
        let (height, width) = (geometry.outputHeight, geometry.outputWidth)
        let isRounded = precision == .bfloat16 && channels % 32 == 0
        var best: WinogradPlan?
        // Two products of bfloat16 take the time of one.
        var lowest = geometry.kernel.height * geometry.kernel.width * batch * height * width * precision.width / 4
        func consider(_ columns: Int, _ rows: Int, _ operands: Precision = .float32) {
            let (high, wide) = (retouch_line_of(Int32(columns)), retouch_line_of(Int32(rows)))
            let segments = (geometry.kernel.width + Int(wide.taps) - 1) / Int(wide.taps)
            let tilesHigh = (height + Int(high.outputs) - 1) / Int(high.outputs)
            let line = (width + geometry.dilation - 1) / geometry.dilation
            let tilesWide = geometry.dilation * ((line + Int(wide.outputs) - 1) / Int(wide.outputs))
            let cost =
                Int(high.products * wide.products) * segments * (batch * tilesHigh * tilesWide + 3) * operands.width / 4
            guard cost < lowest else { return }
            lowest = cost
            best = WinogradPlan(
                columns: columns, rows: rows, operands: operands, segments: segments, tilesHigh: tilesHigh,
                tilesWide: tilesWide)
        }
        if geometry.kernel == (3, 3) && geometry.dilation == 1 {
            consider(retouch_line_4_3, retouch_line_4_3)
            let isPair = geometry.width == 2 && width == 2 && geometry.left == 1
            if isPair { consider(retouch_line_4_3, retouch_line_pair) }
            if isRounded {
                // Both ways by six points, 8 bits would lose too much.
                consider(retouch_line_2_3, retouch_line_4_3, .bfloat16)
                consider(retouch_line_4_3, retouch_line_2_3, .bfloat16)
                if isPair { consider(retouch_line_4_3, retouch_line_pair, .bfloat16) }
            }
        } else if geometry.kernel.height == 1 && geometry.kernel.width >= 3 && geometry.height == 1 {
            for rows in [retouch_line_4_3, retouch_line_6_3, retouch_line_5_4] { consider(retouch_line_plain, rows) }
            if isRounded {
                for rows in [retouch_line_4_3, retouch_line_3_4] { consider(retouch_line_plain, rows, .bfloat16) }
            }
        }
        guard let best else { return nil }
        self = best
    }

    private init(columns: Int, rows: Int, operands: Precision, segments: Int, tilesHigh: Int, tilesWide: Int) {
        self.columns = columns
        self.rows = rows
        self.operands = operands
        self.segments = segments
        self.tilesHigh = tilesHigh
        self.tilesWide = tilesWide
    }

    private var products: Int {
        Int(retouch_line_of(Int32(columns)).products * retouch_line_of(Int32(rows)).products)
    }

    /// Convolves `batch` images with the weights of `layer`; `bias` steps by `biasStep` elements from image to image.
    func convolve(
        _ layer: PackedWeights, _ input: UnsafePointer<Float>, batch: Int, _ geometry: ConvolutionGeometry,
        into output: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?, biasStep: Int, activation: Activation,
        residual: UnsafePointer<Float>?
    ) {
        let kernels = unsafe layer.set.kernels
        unsafe layer.panels.withUnsafeElements { weights in
            let work = unsafe retouch_winograd(
                columns: Int32(columns), rows: Int32(rows), input: input, input_slope: geometry.inputSlope,
                height: Int64(geometry.height),
                width: Int64(geometry.width), channels: Int64(layer.channels),
                output_height: Int64(geometry.outputHeight),
                output_width: Int64(geometry.outputWidth), kernel_height: Int64(geometry.kernel.height),
                kernel_width: Int64(geometry.kernel.width), segments: Int64(segments),
                dilation: Int64(geometry.dilation),
                top: Int64(geometry.top), left: Int64(rows == Int(retouch_line_pair) ? 0 : geometry.left),
                tiles_high: Int64(tilesHigh), tiles_wide: Int64(tilesWide), precision: layer.precision.number,
                operands: operands.number, weights: weights.baseAddress!,
                outputs: Int64(layer.outputs), bias: bias, bias_step: Int64(biasStep), residual: residual,
                output: output,
                activation: activation.kind, slope: activation.slope, first_tile: 0, tiles: 0, transformed: nil,
                kernels: nil)
            let tiles = batch * tilesHigh * tilesWide
            let tileBytes = products * segments * layer.channels * operands.width
            let height = unsafe Int(kernels.pointee.tile_rows)
            let strip = height * max(1, Self.ownCache / (tileBytes * height))
            if tiles >= 8 * strip {
                unsafe convolve(work, kernels, tiles: tiles, byStripsOf: strip)
            } else {
                unsafe convolve(
                    work, kernels, tiles: tiles, byPanelsAndStripsOf: max(height, Self.sharedCache / tileBytes))
            }
        }
    }

    /// Many tiles: the weights are transformed once, then each strip is a task that stays in one thread's cache.
    private func convolve(
        _ work: retouch_winograd, _ kernels: UnsafePointer<retouch_kernels>, tiles: Int, byStripsOf strip: Int
    ) {
        let panels = unsafe (Int(work.outputs) + Int(kernels.pointee.panel) - 1) / Int(kernels.pointee.panel)
        let size = unsafe withUnsafePointer(to: work) { unsafe Int(retouch_winograd_kernels_size(kernels, $0)) }
        let transformed = unsafe Tensor(uninitialized: [size]) { target in
            Parallel.run(panels) { panel in
                unsafe withUnsafePointer(to: work) {
                    unsafe kernels.pointee.winograd_kernels($0, Int64(panel), target.baseAddress!)
                }
            }
        }
        let count = (tiles + strip - 1) / strip
        unsafe transformed.withUnsafeElements { transformed in
            Parallel.run(count) { index in
                var task = unsafe work
                unsafe task.kernels = transformed.baseAddress!
                unsafe task.first_tile = Int64(index * tiles / count)
                unsafe task.tiles = Int64((index + 1) * tiles / count - index * tiles / count)
                unsafe kernels.pointee.winograd_strip(&task)
            }
        }
    }

    /// Few tiles: all are transformed first, then each panel of outputs is a task that transforms its own weights.
    private func convolve(
        _ work: retouch_winograd, _ kernels: UnsafePointer<retouch_kernels>, tiles: Int, byPanelsAndStripsOf strip: Int
    ) {
        let panel = unsafe Int(kernels.pointee.panel)
        let height = unsafe Int(kernels.pointee.tile_rows)
        let panels = unsafe (Int(work.outputs) + panel - 1) / panel
        let count = (tiles + strip - 1) / strip
        for index in 0..<count {
            var work = unsafe work
            unsafe work.first_tile = Int64(index * tiles / count)
            unsafe work.tiles = Int64((index + 1) * tiles / count - index * tiles / count)
            let size = unsafe Int(retouch_winograd_size(&work))
            let rowTiles = unsafe Int(retouch_winograd_row_tiles(kernels, &work))
            let group = max(1, Self.productCache / (products * panel * height * MemoryLayout<Float>.stride))
            let groups = (rowTiles + group - 1) / group
            _ = unsafe Tensor(uninitialized: [size]) { transformed in
                unsafe work.transformed = transformed.baseAddress!
                unsafe withUnsafePointer(to: work) { work in
                    Parallel.run(rowTiles) { unsafe kernels.pointee.winograd_input(work, Int64($0), Int64($0) + 1) }
                    Parallel.run(panels * groups) { task in
                        let (panel, index) = task.quotientAndRemainder(dividingBy: groups)
                        unsafe kernels.pointee.winograd_product(
                            work, Int64(panel), Int64(index * group), Int64(min(rowTiles, (index + 1) * group)))
                    }
                }
            }
        }
    }
}
