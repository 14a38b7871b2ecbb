// NumberFormat.swift — numbers for people: the same in every locale.

import Foundation

extension Double {
    /// Up to so many significant digits, without trailing zeros; small and large ones with an
    /// exponent: 0.0731, 1234, 2e-4.
    package func significant(_ digits: Int) -> String {
        let isSmall = self != 0 && abs(self) < 1e-3
        let text = String(format: isSmall ? "%.\(digits - 1)e" : "%.\(digits)g", self)
        guard let e = text.firstIndex(of: "e") else { return text }
        // C fills both parts up with zeros: 2.00e-04.
        var mantissa = text[..<e]
        if mantissa.contains(".") {
            while mantissa.last == "0" { mantissa.removeLast() }
            if mantissa.last == "." { mantissa.removeLast() }
        }
        let exponent = Int(text[text.index(after: e)...]) ?? 0
        return "\(mantissa)e\(exponent)"
    }

    /// Exactly so many decimals.
    package func decimals(_ count: Int) -> String {
        let text = String(format: "%.\(count)f", self)
        // No −0.00: what is rounded away has no sign.
        return text.hasPrefix("-") && !text.contains { ("1"..."9").contains($0) } ? String(text.dropFirst()) : text
    }
}

extension String {
    /// For text and attributes of HTML and SVG. Control characters, which XML can't hold, go.
    package var escaped: String {
        reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\r\n", "\t": result += " "
            default:
                if character.unicodeScalars.allSatisfy({ $0.value >= 32 }) {
                    result.append(character)
                }
            }
        }
    }
}
