internal import CFiles
internal import COpenBLAS
internal import Foundation
internal import Synchronization

/// OpenBLAS as it is used here: on the thread that calls it. Whoever has much to compute shares it out with `Parallel`.
enum OpenBLAS {
    /// Sees to it that OpenBLAS uses one thread, and that the memory it works in is there: it would wait for it without end.
    static func prepare() {
        let threads = Parallel.threads
        reserved.withLock { reserved in
            guard reserved < threads else { return }
            openblas_set_num_threads(1)
            reserve(threads)
            reserved = threads
        }
    }

    /// The number of threads for which there is memory.
    private static let reserved = Mutex(0)
    /// What OpenBLAS asks the system for at once, for each of its buffers, on the processors that have the largest.
    private static let bufferBytes = 128 << 20 + 1 << 16

    /// Makes buffers that OpenBLAS keeps, one for each thread; ends the program with a line where the memory is not there.
    private static func reserve(_ threads: Int) {
        var buffers: [UnsafeMutableRawPointer?] = unsafe []
        for _ in 0..<threads {
            let trial = unsafe mmap(
                nil, bufferBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
            guard let trial = unsafe trial, unsafe trial != MAP_FAILED else { retouch_out_of_memory() }
            unsafe munmap(trial, bufferBytes)
            unsafe buffers.append(blas_memory_alloc(0))
        }
        unsafe buffers.forEach { unsafe blas_memory_free($0) }
    }
}
