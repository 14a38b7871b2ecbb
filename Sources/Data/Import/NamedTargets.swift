// NamedTargets.swift — in plain folders a fake is called by its real video's name and what follows: which
// real video that is, and who lent the face. For frames and for films alike.

/// A real video that fakes may be called by.
public struct NamedReal: Sendable {
    /// "IDENTITY/…".
    public var name: String
    public var identity: String

    public init(name: String, identity: String) { (self.name, self.identity) = (name, identity) }
}

/// A fake whose name could mean several real videos, so that it has no target.
public struct AmbiguousName: Codable, Equatable, Sendable {
    /// Method and name.
    public var video: String
    /// Names of the real videos.
    public var candidates: [String]

    public init(video: String, candidates: [String]) { (self.video, self.candidates) = (video, candidates) }
}

/// Finds real videos by the names of fakes.
///
/// A fake's name is the name of its real video, followed by "_" and the donor, if there is one: the
/// longest beginning that is a name counts. A real video is meant by its full name ("anna/clip1" or
/// "anna_clip1") or by its last part alone ("clip1"), if only one is called so.
public struct NamedTargets: Sendable {
    public enum Answer: Equatable, Sendable {
        case unknown
        /// Places in the list of real videos.
        case ambiguous([Int])
        /// `donor` is a person, or empty.
        case found(Int, donor: String)
    }

    private let reals: [NamedReal]
    private var places: [String: [Int]] = [:]
    private let people: Set<String>

    public init(_ reals: [NamedReal]) {
        self.reals = reals
        people = Set(reals.map(\.identity)).subtracting([""])
        for (place, real) in reals.enumerated() {
            let short = real.name.split(separator: "/").last.map(String.init) ?? real.name
            for name in Set([real.name, real.name.replacing("/", with: "_"), short]) {
                places[name, default: []].append(place)
            }
        }
    }

    /// - Parameter exactly: it is the real video's name itself, with nothing behind it.
    public func answer(for fake: String, exactly: Bool = false) -> Answer {
        for cut in [fake.endIndex] + (exactly ? [] : fake.indices.reversed().filter({ fake[$0] == "_" })) {
            guard let found = places[String(fake[..<cut])] else { continue }
            // A shorter beginning may be some other video's name: no way out of an ambiguity.
            guard found.count == 1 else { return .ambiguous(found) }
            return .found(found[0], donor: donor(String(fake[cut...].dropFirst())))
        }
        return .unknown
    }

    private func donor(_ rest: String) -> String {
        if people.contains(rest) { return rest }
        guard let found = places[rest], found.count == 1 else { return "" }
        return reals[found[0]].identity
    }
}
