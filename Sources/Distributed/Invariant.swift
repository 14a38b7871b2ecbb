// Invariant.swift — a check of our own code that speaks in release builds too.

/// Stops the program when `condition` is false. For broken invariants only: bad input throws.
///
/// An optimised `precondition` stops without a word. Here one rank of many stops on another host,
/// and its last words are all that anyone will ever know of it.
@inline(__always)
func invariant(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID,
    line: UInt = #line
) {
    if !condition { fatalError(message(), file: file, line: line) }
}
