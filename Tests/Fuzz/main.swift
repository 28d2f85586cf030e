// Gives inputs that libFuzzer makes to one reader of other people's files. See `run` beside this file.
import Foundation

/// libFuzzer's own `main` does no more than this; Swift brings one of its own.
@_silgen_name("LLVMFuzzerRunDriver")
func unsafeRunDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The reader under test; one at a time, as coverage counts for all that runs.
let reader: Reader = {
    let name = ProcessInfo.processInfo.environment["RETOUCH_READER"] ?? ""
    guard let reader = Reader(rawValue: name) else {
        fatalError("RETOUCH_READER: one of \(Reader.allCases.map(\.rawValue).joined(separator: ", ")) expected")
    }
    return reader
}()

var count = unsafe CommandLine.argc
var arguments = unsafe CommandLine.unsafeArgv
exit(
    unsafe unsafeRunDriver(&count, &arguments) { bytes, count in
        reader.read(unsafe [UInt8](UnsafeBufferPointer(start: bytes, count: count)))
        return 0
    })
