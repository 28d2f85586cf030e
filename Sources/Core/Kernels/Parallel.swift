internal import CKernels

/// Work spread over a fixed pool of threads.
///
/// Tasks are cut by the shape of the work, never by the number of threads, and no two tasks write the same element:
/// the same bytes come out whatever the number of threads.
public enum Parallel {
    /// The number of threads that share the work, the caller's among them: at least 1, and all cores until it is set.
    public static var threads: Int {
        get { Int(retouch_threads()) }
        set { retouch_set_threads(Int32(clamping: newValue)) }
    }

    /// Calls `task` once for every index below `count`, in any order, and returns when all calls have returned.
    /// A call from inside a task runs its tasks one after the other.
    public static func run(_ count: Int, _ task: (Int) -> Void) {
        guard count > 1 else {
            if count == 1 { task(0) }
            return
        }
        withoutActuallyEscaping(task) { task in
            var box = TaskBox(task: task)
            unsafe withUnsafeMutablePointer(to: &box) { box in
                unsafe retouch_parallel(
                    Int64(count),
                    { context, index in
                        unsafe context!.assumingMemoryBound(to: TaskBox.self).pointee.task(Int(index))
                    }, UnsafeMutableRawPointer(box))
            }
        }
    }

    /// Cuts `count` items into runs of `size` (the last one shorter) and calls `task` for each run.
    public static func run(_ count: Int, by size: Int, _ task: (Range<Int>) -> Void) {
        run((count + size - 1) / size) { index in task(index * size..<min(count, (index + 1) * size)) }
    }
}

private struct TaskBox {
    let task: (Int) -> Void
}
