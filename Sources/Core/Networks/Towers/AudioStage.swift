/// One stage of the audio tower: blocks of window attention on one grid of patches, then every 2 x 2 patches merged into one.
struct AudioStage: Sendable {
    let blocks: [WindowBlock]
    let merging: PatchMerging?
    let outputGrid: (height: Int, width: Int)

    init(
        _ weights: WeightScope, _ configuration: AudioEncoderConfiguration, index: Int, grid: (height: Int, width: Int)
    ) throws(CheckpointError) {
        var blocks: [WindowBlock] = []
        for block in 0..<configuration.depths[index] {
            blocks.append(
                try WindowBlock(
                    weights["blocks"][block], configuration, width: configuration.width(index),
                    heads: configuration.heads[index], grid: grid, isShifted: block % 2 == 1))
        }
        self.blocks = blocks
        let isLast = index == configuration.depths.count - 1
        merging =
            isLast ? nil : try PatchMerging(weights["downsample"], width: configuration.width(index), grid: grid)
        outputGrid = isLast ? grid : ((grid.height + 1) / 2, (grid.width + 1) / 2)
    }

    /// [1, patches, width] to [1, patches / 4, 2 * width], or on the last stage to the same shape.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let hidden = blocks.reduce(x) { $1($0) }
        return merging.map { $0(hidden) } ?? hidden
    }
}

/// 2 x 2 patches become one of twice the width.
struct PatchMerging: Sendable {
    let norm: LayerNorm
    let reduction: Linear
    let grid: (height: Int, width: Int)

    init(_ weights: WeightScope, width: Int, grid: (height: Int, width: Int)) throws(CheckpointError) {
        self.grid = grid
        norm = try LayerNorm(weights["norm"], channels: 4 * width, epsilon: 1e-5)
        reduction = try Linear(weights["reduction"], in: 4 * width, out: 2 * width, bias: false)
    }

    /// [1, height * width, C] to [1, height / 2 * width / 2, 2 C], odd sides rounded up.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let width = x.shape[2]
        let (height, breadth) = ((grid.height + 1) / 2, (grid.width + 1) / 2)
        var rows: [Int?] = []
        for row in 0..<height {
            for column in 0..<breadth {
                // The order of the four in the merged vector: down first, then right.
                for (down, right) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                    let (y, x) = (2 * row + down, 2 * column + right)
                    rows.append(y < grid.height && x < grid.width ? y * grid.width + x : nil)
                }
            }
        }
        let merged = x.gathering(rows).reshaped([1, height * breadth, 4 * width])
        return reduction(norm(merged))
    }
}

/// Attention within windows of the grid, every second block with the windows moved by half their side (arXiv 2103.14030), and a
/// feed-forward layer.
struct WindowBlock: Sendable {
    let normBefore: LayerNorm
    let query: Linear
    let key: Linear
    let value: Linear
    let output: Linear
    let normAfter: LayerNorm
    let expansion: Linear
    let contraction: Linear
    let heads: Int
    let activation: Activation
    let windows: Windows
    /// Added to the attention's scores before the softmax: [windows, heads, cells, cells].
    let bias: Tensor

    init(
        _ weights: WeightScope, _ configuration: AudioEncoderConfiguration, width: Int, heads: Int,
        grid: (height: Int, width: Int), isShifted: Bool
    ) throws(CheckpointError) {
        let epsilon = configuration.normEpsilon
        let own = weights["attention"]["self"]
        let hasBias = configuration.hasAttentionBias
        normBefore = try LayerNorm(weights["layernorm_before"], channels: width, epsilon: epsilon)
        query = try Linear(own["query"], in: width, out: width, bias: hasBias)
        key = try Linear(own["key"], in: width, out: width, bias: hasBias)
        value = try Linear(own["value"], in: width, out: width, bias: hasBias)
        output = try Linear(weights["attention"]["output"]["dense"], in: width, out: width)
        normAfter = try LayerNorm(weights["layernorm_after"], channels: width, epsilon: epsilon)
        let hidden = Int(configuration.expansion * Float(width))
        expansion = try Linear(weights["intermediate"]["dense"], in: width, out: hidden)
        contraction = try Linear(weights["output"]["dense"], in: hidden, out: width)
        self.heads = heads
        activation = configuration.activation

        let side = configuration.windowSize
        // One window that covers the grid has nowhere to move.
        let fits = min(grid.height, grid.width) <= side
        windows = Windows(side: side, grid: grid, shift: isShifted && !fits ? side / 2 : 0)
        let offsets = 2 * side - 1
        let table = try own.tensor("relative_position_bias_table", offsets * offsets, heads)
        own.skip("relative_position_index")
        bias = windows.bias(table: table.elements, heads: heads)
    }

    /// [1, cells, width] to the same shape.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let width = x.shape[2]
        let cut = normBefore(x).gathering(windows.sources).reshaped([windows.count, windows.area, width])
        let attended = attention(
            query: query(cut), key: key(cut), value: value(cut), heads: heads, precision: query.precision, bias: bias)
        let joined = output(attended).reshaped([1, windows.count * windows.area, width])
        let hidden = x + joined.gathering(windows.places)
        return contraction(expansion(normAfter(hidden), activation: activation), adding: hidden)
    }
}

/// How a grid of cells is cut into square windows.
struct Windows: Sendable {
    let side: Int
    /// Cells in a window.
    var area: Int { side * side }
    let count: Int
    /// For each cell of each window the cell of the grid; nil where the grid was too small and is filled up with zeros.
    let sources: [Int?]
    /// For each cell of the grid its place among the cells of the windows.
    let places: [Int?]
    /// For each cell of each window the region it comes from: cells of different regions met only by the cyclic move.
    private let regions: [Int]

    init(side: Int, grid: (height: Int, width: Int), shift: Int) {
        self.side = side
        let (down, across) = ((grid.height + side - 1) / side, (grid.width + side - 1) / side)
        count = down * across
        func region(_ index: Int, of length: Int) -> Int {
            (index >= length - side ? 1 : 0) + (index >= length - shift ? 1 : 0)
        }
        var (sources, regions): ([Int?], [Int]) = ([], [])
        var places = [Int?](repeating: nil, count: grid.height * grid.width)
        for window in 0..<count {
            for cell in 0..<side * side {
                let row = window / across * side + cell / side
                let column = window % across * side + cell % side
                // The grid, filled up to whole windows, moves up and left; what leaves it comes back at the other end.
                let (y, x) = ((row + shift) % (down * side), (column + shift) % (across * side))
                let isInside = y < grid.height && x < grid.width
                if isInside { places[y * grid.width + x] = sources.count }
                sources.append(isInside ? y * grid.width + x : nil)
                regions.append(
                    shift == 0 ? 0 : region(row, of: down * side) * 3 + region(column, of: across * side))
            }
        }
        (self.sources, self.places, self.regions) = (sources, places, regions)
    }

    /// What is added to the attention's scores: the learned bias of the relative position, and -100 between regions.
    ///
    /// - Parameter table: [(2 side - 1)^2, heads], rows first.
    /// - Returns: [windows, heads, area, area]
    func bias(table: [Float], heads: Int) -> Tensor {
        var elements: [Float] = []
        elements.reserveCapacity(count * heads * area * area)
        for window in 0..<count {
            for head in 0..<heads {
                for query in 0..<area {
                    for key in 0..<area {
                        let rows = query / side - key / side + side - 1
                        let columns = query % side - key % side + side - 1
                        let isApart = regions[window * area + query] != regions[window * area + key]
                        elements.append(
                            table[(rows * (2 * side - 1) + columns) * heads + head] + (isApart ? -100 : 0))
                    }
                }
            }
        }
        return Tensor(elements, shape: [count, heads, area, area])
    }
}

extension Tensor {
    /// Rows of a sequence [1, L, C] in another order, zeros for nil: [1, rows, C].
    fileprivate func gathering(_ rows: [Int?]) -> Tensor {
        let width = shape[2]
        var result: [Float] = []
        result.reserveCapacity(rows.count * width)
        withSpan { source in
            for row in rows {
                for channel in 0..<width { result.append(row.map { source[$0 * width + channel] } ?? 0) }
            }
        }
        return Tensor(result, shape: [1, rows.count, width])
    }
}
