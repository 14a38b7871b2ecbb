// ContactSheetColumn.swift — the columns of a contact sheet and their colours.

import Blend
import Imaging

/// A column, from left to right.
enum ContactSheetColumn: CaseIterable {
    case real, selfBlended, selfMask, crossBlended, crossMask, deepfake

    var title: String {
        switch self {
        case .real: "real"
        case .selfBlended: "self-blended"
        case .crossBlended: "cross-blended"
        case .selfMask, .crossMask: "its mask"
        case .deepfake: "deepfake"
        }
    }

    /// From real to fake, green to red.
    var color: Image.Color {
        switch self {
        case .real: Image.Color(110, 205, 120)
        case .selfBlended, .selfMask: Image.Color(235, 210, 90)
        case .crossBlended, .crossMask: Image.Color(240, 160, 70)
        case .deepfake: Image.Color(240, 100, 95)
        }
    }

    static func columns(_ anchors: Quadruple.Anchors) -> [ContactSheetColumn] {
        allCases.filter { column in
            switch column {
            case .real: true
            case .selfBlended, .selfMask: anchors.contains(.selfBlended)
            case .crossBlended, .crossMask: anchors.contains(.crossBlended)
            case .deepfake: anchors.contains(.deepfake)
            }
        }
    }
}
