import Core
import Testing

@Suite struct CoreSmokeTests {
    @Test func instructionSetIsKnown() {
        #expect(InstructionSet(rawValue: InstructionSet.current.rawValue) == InstructionSet.current)
    }
}
