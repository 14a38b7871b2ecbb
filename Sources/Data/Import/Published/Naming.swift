// Naming.swift — what a scheme reads out of a video's name.

/// What a video's name says about who is in it.
public struct Naming: Equatable, Sendable {
    /// The person filmed: of a fake, the one of its target. Empty when the name doesn't say.
    public var identity = ""
    /// The real video that a fake was made from, by name; nil when the name doesn't say.
    public var target: String?
    /// Of a fake, who lent the face or the motion.
    public var donor = ""
    /// The methods among whose videos the target is looked for; empty for the dataset's usual ones.
    public var targetMethods: [String] = []
    /// The method, where the label covers several; nil where the label says it.
    public var method: String?

    public init(
        identity: String = "", target: String? = nil, donor: String = "", targetMethods: [String] = [], method: String? = nil
    ) {
        (self.identity, self.target, self.donor) = (identity, target, donor)
        (self.targetMethods, self.method) = (targetMethods, method)
    }
}
