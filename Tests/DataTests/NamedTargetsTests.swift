// NamedTargetsTests.swift — which real video the name of a fake in a plain folder means.

import Data
import Testing

@Suite struct NamedTargetsTests {
    private let targets = NamedTargets([
        NamedReal(name: "anna/clip1", identity: "anna"), NamedReal(name: "ben/clip2", identity: "ben"),
        NamedReal(name: "ben/clip1_long", identity: "ben"), NamedReal(name: "anna/same", identity: "anna"),
        NamedReal(name: "carl/same", identity: "carl"), NamedReal(name: "carl/same_x", identity: "carl"),
        NamedReal(name: "dora/sa", identity: "dora"),
    ])

    @Test func theLongestBeginningThatIsANameCounts() {
        #expect(targets.answer(for: "clip1") == .found(0, donor: ""))
        #expect(targets.answer(for: "clip1_ben") == .found(0, donor: "ben"))
        #expect(targets.answer(for: "anna_clip1_clip2") == .found(0, donor: "ben"))
        #expect(targets.answer(for: "anna/clip1_nobody") == .found(0, donor: ""))
        #expect(targets.answer(for: "clip1_long_anna") == .found(2, donor: "anna"))
        #expect(targets.answer(for: "clip9_ben") == .unknown)
        #expect(targets.answer(for: "") == .unknown)
    }

    @Test func oneNameOfTwoPeopleIsAmbiguousAndNothingShorterIsTaken() {
        #expect(targets.answer(for: "same_ben") == .ambiguous([3, 4]))
        #expect(targets.answer(for: "carl_same_ben") == .found(4, donor: "ben"))
        #expect(targets.answer(for: "same_x_ben") == .found(5, donor: "ben"))
        // A donor of an ambiguous name is unknown.
        #expect(targets.answer(for: "clip1_same") == .found(0, donor: ""))
    }

    @Test func exactNamesHaveNothingBehindThem() {
        #expect(targets.answer(for: "clip1", exactly: true) == .found(0, donor: ""))
        #expect(targets.answer(for: "clip1_ben", exactly: true) == .unknown)
    }
}
