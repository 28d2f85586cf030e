internal import Core

/// A sound that is made of another one: what it does not say itself is as with that.
protocol DerivedSound: SoundSource {
    var base: any SoundSource { get }
}

extension DerivedSound {
    var rate: Int { base.rate }
    var channelCount: Int { base.channelCount }
    var frames: Int { base.frames }
    var label: String { base.label }
    var notes: [String] { base.notes }

    func contentHash() throws -> String { try base.contentHash() }
}
