internal import Core
internal import Editing
internal import Foundation
internal import Synchronization

/// The models that a batch uses, each opened once.
final class EditorShelf: Sendable {
    private struct Name: Hashable {
        let model: String
        let heads: HeadRule
        let vocoder: String?
        let precision: Precision?
    }

    /// An opened model, and its name with the hash of its content.
    struct Opened: Sendable {
        let editor: Editor
        let reference: ModelReference
    }

    private let opened = Mutex<[Name: Opened]>([:])
    private let memoryBudget: Int

    /// - Parameter memoryBudget: bytes of weights that a model keeps in memory.
    init(memoryBudget: Int) { self.memoryBudget = memoryBudget }

    /// The model that a request names.
    /// - Throws: what opening it throws; `EditingError.otherModel` for one of another content.
    func editor(for reference: ModelReference?) throws -> Opened {
        let reference =
            reference
            ?? ModelReference(name: ModelReference.bundledName, precision: ModelTraits.precision(for: nil))
        let name = Name(
            model: reference.name, heads: reference.heads, vocoder: reference.vocoder?.name,
            precision: reference.precision)
        let result = try opened.withLock { opened in
            if let there = opened[name] { return there }
            let editor = try Editor(reference, memoryBudget: memoryBudget)
            let new = Opened(editor: editor, reference: try editor.hashedReference())
            opened[name] = new
            return new
        }
        try result.editor.check(reference)
        return result
    }
}
