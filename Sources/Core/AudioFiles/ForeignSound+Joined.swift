internal import Foundation

extension ForeignSound.Kind {
    /// Where another file begins behind the first one, of which ffmpeg would decode nothing, or what it is not; nil where there is none and for
    /// formats whose packets it reads on.
    func nextFile(in file: FileBytes) -> Int? {
        switch demuxer {
        case "mov": nextMovie(file)
        case "wv": nextWavPack(file)
        case "asf", "matroska", "tta", "flv", "rm", "ape", "mpc8", "dsf", "amr":
            SoundBeginning.first(in: file, min(8, file.size)..<file.size, SoundBeginning.ownNames(file))
        default: nil
        }
    }

    /// MP4 and QuickTime: a second description of everything, or what is no box.
    private func nextMovie(_ file: FileBytes) -> Int? {
        var (window, position, hasMovie, head) = (FileWindow(file), 0, false, Int?.none)
        while let short = window.integer(position, bytes: 4, bigEndian: true), let name = window.text(position + 4) {
            if name == "moov" {
                if hasMovie { return head ?? position }
                hasMovie = true
            } else if name == "ftyp" {
                if hasMovie { head = head ?? position }
            } else if position > 0, SoundBeginning.stands(in: file, at: position) {
                return position
            }
            // A size of 1 stands for one of 64 bits, 0 for the rest.
            let size = short == 1 ? window.integer(position + 8, bytes: 8, bigEndian: true) ?? 0 : short
            guard size >= 8, size <= file.size - position else { return nil }
            position += size
        }
        return nil
    }

    /// A block that begins a sound stands at its sample 0; further ones there are of more channels.
    private func nextWavPack(_ file: FileBytes) -> Int? {
        var (window, position, hasSound) = (FileWindow(file), 0, false)
        while window.text(position) == "wvpk", let size = window.integer(position + 4, bytes: 4, bigEndian: false),
            let sample = window.integer(position + 16, bytes: 4, bigEndian: false),
            let count = window.integer(position + 20, bytes: 4, bigEndian: false),
            let flags = window.integer(position + 24, bytes: 4, bigEndian: false)
        {
            if hasSound, sample == 0, count > 0, flags & 0x800 != 0 { return position }
            hasSound = hasSound || count > 0
            position += 8 + max(24, size)
        }
        // Behind the blocks there may be a tag.
        return position < file.size ? SoundBeginning.first(in: file, position..<file.size) : nil
    }
}
