// Expression.swift — how far a face's expressions are on, and what each does to a surface point.

/// How far each expression is on. All 0 is the neutral face.
package struct Expression: Equatable, Sendable {
    /// Opening of the mouth in face units (0 … 0.25); smile (−0.5 … 1); raised brows (−0.5 … 1);
    /// closing of the eyes (0 … 1); gaze in eye half widths.
    package var open: Float = 0
    package var smile: Float = 0
    package var brows: Float = 0
    package var blink: Float = 0
    package var gazeX: Float = 0
    package var gazeY: Float = 0
}

/// Displacements of one surface point at full expression, in face units.
struct ExpressionBasis {
    var open = SIMD3<Float>()
    var smile = SIMD3<Float>()
    var brows = SIMD3<Float>()

    func applied(_ e: Expression) -> SIMD3<Float> { open * e.open + smile * e.smile + brows * e.brows }
}
