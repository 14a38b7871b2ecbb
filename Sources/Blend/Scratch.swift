// Scratch.swift — one growing buffer of a workspace.

/// A growing block of uninitialised memory.
struct Scratch<Element: BitwiseCopyable> {
    private var start: UnsafeMutablePointer<Element>?
    private var capacity = 0

    /// Room for `count` elements, of any content. Earlier pointers die when it has to grow.
    mutating func room(_ count: Int) -> UnsafeMutablePointer<Element> {
        if let start, count <= capacity { return start }
        deallocate()
        // Whole cache lines, for the vector units' sake.
        let grown = UnsafeMutableRawPointer
            .allocate(byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 64)
            .bindMemory(to: Element.self, capacity: max(count, 1))
        start = grown
        capacity = max(count, 1)
        return grown
    }

    func deallocate() { start?.deallocate() }
}
