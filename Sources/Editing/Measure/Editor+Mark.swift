internal import Core
internal import Foundation

extension Editor {
    /// What a result shall say of the parts that an edit made.
    /// - Parameters:
    ///   - parts: the parts, in the order of time.
    ///   - request: the edit, with everything filled in. Where its model lies does not count, so that it is the same everywhere.
    ///   - usesModel: whether the model made any of the parts; else linear prediction did.
    /// - Throws: what reading the model for its hash throws.
    func mark(
        _ parts: [SynthesisMark.Part], of request: some EditRequest, usesModel: Bool = true
    ) throws -> SynthesisMark {
        var request = request
        request.settings.model = nil
        return SynthesisMark(
            parts: parts, job: request.job, maker: usesModel ? try maker : "linear prediction",
            request: ContentHash.of(try RequestDocument.data(of: request)))
    }

    /// The model by its own name and the beginning of its hash, by which people tell it.
    private var maker: String {
        get throws {
            func words(_ kind: String, _ name: String, _ hash: String?) -> String {
                // Folders may have any name, and a mark has one line.
                let name = URL(fileURLWithPath: name).lastPathComponent.split(whereSeparator: \.isNewline)
                return "\(kind) \(name.joined(separator: " ")) \(hash?.prefix(12) ?? "")"
            }
            let reference = try hashedReference()
            let vocoder = reference.vocoder.map { ", " + words("vocoder", $0.name, $0.sha256) } ?? ""
            return words("model", reference.name, reference.sha256) + vocoder
        }
    }
}

extension SynthesisMark.Part {
    /// The parts of a source that were made in an area.
    static func parts(_ area: EditArea, of source: any SoundSource) -> [SynthesisMark.Part] {
        func seconds(_ frames: Range<Int>) -> Range<Double>? {
            frames == 0..<source.frames ? nil : frames.seconds(rate: source.rate)
        }
        guard area.isBanded else { return [SynthesisMark.Part(seconds: seconds(area.frames))] }
        return area.rectangles.map { rectangle in
            SynthesisMark.Part(
                seconds: seconds(rectangle.frames), lowest: rectangle.band.low > 0 ? rectangle.band.low : nil,
                highest: rectangle.band.high < .infinity ? rectangle.band.high : nil)
        }
    }
}
