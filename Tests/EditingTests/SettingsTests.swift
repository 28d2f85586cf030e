import Editing
import Foundation
import TestSupport
import Testing

@Suite struct SettingsTests {
    @Test func rangesAreNamed() {
        func flaw(_ make: () throws -> Settings) -> String? {
            do {
                _ = try make()
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(flaw { try Settings(for: Inpaint.self) } == nil)
        #expect(flaw { try Settings(for: Inpaint.self, steps: 0) } == "steps: 1 to 1000 expected, found 0")
        #expect(flaw { try Settings(for: Inpaint.self, guidance: -1) } == "guidance: 0 to 100 expected, found -1.0")
        #expect(flaw { try Settings(for: Inpaint.self, guidance: .nan) } == "guidance: 0 to 100 expected, found nan")
        #expect(flaw { try Settings(for: Inpaint.self, sampler: .ddim, eta: 2) } == "eta: 0 to 1 expected, found 2.0")
        #expect(
            flaw { try Settings(for: Inpaint.self, sampler: .dpmSolver, eta: 0.5) }
                == "eta: 0 with the sampler dpm++ expected, found 0.5")
        #expect(flaw { try Settings(for: Inpaint.self, passes: 0) } == "passes: 1 to 50 expected, found 0")
    }
}
