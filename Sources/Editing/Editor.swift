public import Foundation

/// A loaded model and the jobs that it can do.
///
/// Opening checks the model's folder; its networks are loaded when a job first needs them.
public final class Editor: Sendable {
    /// nil for the bundled model.
    public let folder: URL?
    let keepsNetworks: Bool

    /// - Parameters:
    ///   - model: a folder in the layout of diffusers; nil for the bundled model.
    ///   - keepsNetworks: keeps the networks in memory from job to job; without it a job lets go of each one that it needs no more.
    public init(model: URL? = nil, keepsNetworks: Bool = false) throws {
        folder = model
        self.keepsNetworks = keepsNetworks
    }
}
