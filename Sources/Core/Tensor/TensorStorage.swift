internal import CKernels
internal import Synchronization

/// The memory behind tensors: a block of its own from the recycling pool, or a view of memory that somebody else owns.
///
/// Sendable because a block is written only while exactly one tensor refers to it (`Tensor` sees to that).
@safe final class TensorStorage: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    let count: Int
    /// What keeps a view's memory alive; nil for a block of the pool.
    private let owner: AnyObject?

    /// Uninitialised memory for `count` elements, aligned to 64 bytes.
    init(count: Int) {
        unsafe base = BlockPool.take(count)
        self.count = count
        owner = nil
    }

    /// A read-only view of `elements`, which live as long as `owner`.
    init(viewing elements: UnsafeBufferPointer<Float>, keeping owner: AnyObject) {
        unsafe base = UnsafeMutablePointer(mutating: elements.baseAddress!)
        count = elements.count
        self.owner = owner
    }

    var isView: Bool { owner != nil }

    deinit {
        if owner == nil { unsafe BlockPool.give(base, count) }
    }
}

/// Blocks that came free, kept by size for the next tensor: a network asks for the same few sizes again and again, and
/// fresh pages from the system cost more than most layers.
enum BlockPool {
    private struct Shelf {
        var blocks: [Int: [UInt]] = [:]
        var bytes = 0
    }

    private static let shelf = Mutex(Shelf())
    /// Free memory beyond this goes back to the system.
    private static let largestShelf = 256 << 20

    /// Gives all free blocks back to the system.
    static func clear() {
        let blocks = shelf.withLock { shelf in
            defer { shelf = Shelf() }
            return shelf.blocks.values.joined().map { $0 }
        }
        for block in blocks { unsafe retouch_free(UnsafeMutableRawPointer(bitPattern: block)) }
    }

    static func take(_ count: Int) -> UnsafeMutablePointer<Float> {
        let size = blockSize(count)
        let recycled: UInt? = shelf.withLock { shelf in
            guard let block = shelf.blocks[size]?.popLast() else { return nil }
            shelf.bytes -= size
            return block
        }
        let block = unsafe recycled.flatMap { unsafe UnsafeMutableRawPointer(bitPattern: $0) } ?? retouch_allocate(size)
        guard let block = unsafe block else { fatalError("no memory for a tensor of \(count) elements") }
        return unsafe block.bindMemory(to: Float.self, capacity: count)
    }

    static func give(_ base: UnsafeMutablePointer<Float>, _ count: Int) {
        let size = blockSize(count)
        let kept = shelf.withLock { shelf in
            guard shelf.bytes + size <= largestShelf else { return false }
            shelf.bytes += size
            shelf.blocks[size, default: []].append(UInt(bitPattern: base))
            return true
        }
        if !kept { unsafe retouch_free(base) }
    }

    /// Bytes set aside for `count` elements: eight sizes to the octave, so that blocks fit again and little is wasted.
    private static func blockSize(_ count: Int) -> Int {
        let bytes = max(count * MemoryLayout<Float>.stride, 64)
        let step = max(64, (1 << (Int.bitWidth - 1 - bytes.leadingZeroBitCount)) / 8)
        return (bytes + step - 1) / step * step
    }
}
