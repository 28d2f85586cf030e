internal import CFFTW
internal import CFiles
internal import Synchronization

/// The discrete Fourier transform of real sequences of one size (any size, powers of small primes being fastest).
///
/// `X[k] = sum_n x[n] exp(-2 pi i k n / size)`, `k = 0...size/2`; the inverse divides by `size`.
/// Plans are made once per size, by FFTW's estimate (no measuring: the same plan, thus the same bits, every run).
/// Any number of threads may use one transform at once.
@safe public final class FourierTransform: Sendable {
    /// The number of real samples.
    public let size: Int
    /// The number of complex values of a spectrum: `size / 2 + 1`.
    public var bins: Int { size / 2 + 1 }

    /// FFTW's plans, each made when it is first needed: many sizes are only ever transformed one way.
    private let forwardPlan = Atomic<Int>(0)
    private let inversePlan = Atomic<Int>(0)

    private static let cache = Mutex<[Int: FourierTransform]>([:])
    /// FFTW's planner is not safe for threads.
    private static let planner = Mutex(())

    /// The transform of `size` samples, above 0; equal sizes share one.
    public static func ofSize(_ size: Int) -> FourierTransform {
        precondition(size > 0, "a Fourier transform needs a positive size")
        return cache.withLock { cache in
            if let known = cache[size] { return known }
            let made = FourierTransform(size: size)
            cache[size] = made
            return made
        }
    }

    private init(size: Int) {
        self.size = size
    }

    private func plan(
        _ known: borrowing Atomic<Int>,
        _ make: (Int32, UnsafeMutablePointer<Float>, UnsafeMutablePointer<fftwf_complex>) -> fftwf_plan
    ) -> fftwf_plan {
        if let plan = unsafe fftwf_plan(bitPattern: known.load(ordering: .acquiring)) { return unsafe plan }
        return unsafe Self.planner.withLock { _ in
            if let plan = unsafe fftwf_plan(bitPattern: known.load(ordering: .acquiring)) { return unsafe plan }
            let space = FourierWorkspace(size: size)
            let plan = unsafe make(Int32(size), space.samples.baseAddress!, space.spectrum.baseAddress!)
            known.store(Int(bitPattern: plan), ordering: .releasing)
            return unsafe plan
        }
    }

    /// Transforms `space.samples` into `space.spectrum`.
    func forward(_ space: FourierWorkspace) {
        let plan = unsafe plan(forwardPlan) { unsafe fftwf_plan_dft_r2c_1d($0, $1, $2, UInt32(1 << 6)) }
        unsafe fftwf_execute_dft_r2c(plan, space.samples.baseAddress, space.spectrum.baseAddress)
    }

    /// Transforms `space.spectrum` (destroyed) into `space.samples`, without the division by `size`.
    func inverseUnscaled(_ space: FourierWorkspace) {
        // FFTW_PRESERVE_INPUT would cost a copy: the workspace's spectrum is overwritten instead.
        let plan = unsafe plan(inversePlan) { unsafe fftwf_plan_dft_c2r_1d($0, $2, $1, UInt32(1 << 6)) }
        unsafe fftwf_execute_dft_c2r(plan, space.spectrum.baseAddress, space.samples.baseAddress)
    }

    /// Transforms at most `size` samples, which are followed by zeros up to `size`, into a spectrum of ``bins`` values.
    public func forward(_ samples: [Float]) -> Spectrum {
        precondition(samples.count <= size, "\(samples.count) samples for a transform of \(size)")
        let space = FourierWorkspace(size: size)
        for index in 0..<size { unsafe space.samples[index] = index < samples.count ? samples[index] : 0 }
        forward(space)
        var result = Spectrum(bins: bins)
        for bin in 0..<bins { (result.real[bin], result.imaginary[bin]) = space.pair(bin) }
        return result
    }

    /// Transforms a spectrum of ``bins`` values into the `size` real samples whose spectrum it is.
    public func inverse(_ spectrum: Spectrum) -> [Float] {
        precondition(spectrum.real.count == bins, "\(spectrum.real.count) bins for a transform of \(bins)")
        let space = FourierWorkspace(size: size)
        for bin in 0..<bins { space.setPair(bin, spectrum.real[bin], spectrum.imaginary[bin]) }
        inverseUnscaled(space)
        let scale = 1 / Float(size)
        return unsafe space.samples.map { $0 * scale }
    }
}

/// The non-negative half of the spectrum of a real sequence, bin 0 being the mean and the last one half the sampling
/// rate.
public struct Spectrum: Sendable, Equatable {
    /// The real part of each bin.
    public var real: [Float]
    /// The imaginary part of each bin, as many as there are real parts.
    public var imaginary: [Float]

    /// A spectrum of zeros with some number of bins, which is half the transform's size and one more.
    public init(bins: Int) {
        real = [Float](repeating: 0, count: bins)
        imaginary = real
    }
}

/// The aligned input and output of one running transform; not shared between threads.
@safe final class FourierWorkspace {
    let samples: UnsafeMutableBufferPointer<Float>
    let spectrum: UnsafeMutableBufferPointer<fftwf_complex>

    init(size: Int) {
        // FFTW's own allocation: its vector code wants the alignment that it planned with.
        let bins = size / 2 + 1
        guard let real = unsafe fftwf_alloc_real(size), let complex = unsafe fftwf_alloc_complex(bins) else {
            retouch_out_of_memory()
        }
        unsafe samples = UnsafeMutableBufferPointer(start: real, count: size)
        unsafe spectrum = UnsafeMutableBufferPointer(start: complex, count: bins)
    }

    deinit {
        unsafe fftwf_free(samples.baseAddress)
        unsafe fftwf_free(spectrum.baseAddress)
    }

    func pair(_ bin: Int) -> (Float, Float) { unsafe spectrum[bin] }

    func setPair(_ bin: Int, _ real: Float, _ imaginary: Float) { unsafe spectrum[bin] = (real, imaginary) }
}
