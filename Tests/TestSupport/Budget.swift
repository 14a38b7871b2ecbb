// Budget.swift — how long everybody's `make test` may take: what takes longer is .ci/run's.

import Foundation

public enum Budget {
    /// Tests of half a minute and more run where BLENDWAY_LONG_TESTS is set.
    public static let longTestsRun = ProcessInfo.processInfo.environment["BLENDWAY_LONG_TESTS"] != nil
    public static let reasonForLong = "takes long; BLENDWAY_LONG_TESTS=1 runs it, as .ci/run does"
}
