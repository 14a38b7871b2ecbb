// FrameChoice.swift — which frames of a film are taken.

/// A choice that doesn't depend on what is in the frames.
public enum FrameChoice: Equatable, Sendable {
    case all
    /// So many of n, evenly over the length: frame ⌊i·n/count⌋. All where there are no more.
    case evenly(Int)
    /// Exactly these numbers; those that the film hasn't are told.
    case numbers([Int])

    /// Numbers to take of a film of `count` frames, ascending, each once.
    public func numbers(of count: Int) -> [Int] {
        switch self {
        case .evenly(let wanted) where wanted > 0 && wanted < count: (0..<wanted).map { $0 * count / wanted }
        case .all, .evenly: Array(0..<count)
        case .numbers(let numbers): Set(numbers.filter { $0 >= 0 }).sorted()
        }
    }

    /// The same frames for another film that belongs to `source`, whatever its length.
    func fixed(for source: any PictureSource) -> FrameChoice {
        #if BLENDWAY_EXTRACT
        if let film = source as? VideoSource { return .numbers(numbers(of: film.count)) }
        #endif
        return .numbers([0])
    }
}
