import Core
import Testing

@Suite struct EditingSmokeTests {
    @Test func instructionSetIsKnown() {
        #expect(InstructionSet(rawValue: InstructionSet.current.rawValue) == InstructionSet.current)
    }
}
