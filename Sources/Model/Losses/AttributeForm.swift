// AttributeForm.swift — in which form the heads are asked for the attributes.

/// The three forms of the regularizor by heads.
public enum AttributeForm: String, Codable, CaseIterable, Sendable {
    /// Three heads of two logits, one per attribute: the published choice.
    case tripletBinary = "triplet-binary"
    /// One head of four logits: which anchor is it?
    case multiClass = "multi-class"
    /// One head of three sigmoid outputs: blending, identity, generation.
    case multiLabel = "multi-label"
}
